"""The algorithm of the draw, slipway-draw-1. It knows no database; docs/draws.md says why it is as it is."""

ALGORITHM = "slipway-draw-1"
