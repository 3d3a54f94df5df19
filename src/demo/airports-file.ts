import { fileURLToPath } from 'node:url';

/** A public data set of 3,376 airports, as the package vega-datasets ships it. */
export const airportsFile = fileURLToPath(
  new URL('../data/airports.csv', import.meta.resolve('vega-datasets')),
);
