import { fileURLToPath } from 'node:url';

/** The file of a public data set of 3,376 airports, from the package vega-datasets. */
export const airportsFile = fileURLToPath(
  new URL('../data/airports.csv', import.meta.resolve('vega-datasets')),
);
