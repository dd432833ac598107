"""Agreement between people: published measures, each with its uncertainty. Knows no schema and no workspace.

Arithmetic on ratings of units: ``table`` and ``sums``, then ``alpha``, ``kappa`` with ``distances`` and ``paths``,
``certainty``, how sure votes leave one, and ``dawid_skene``, who is right when raters differ. On answers that are no
single value: ``pairs``, then ``spans``, ``labels``, ``unitizing`` over ``tokens``, ``texts``, ``rankings``. Every
figure ends in ``resampling``, which gives the interval. ``of_file`` is ``toolkit agreement FILE``: ``rows`` and
``levels`` read the file, ``measures`` says what fits.
"""
