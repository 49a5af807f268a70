import { type Column, type NonEmpty, refuse, requireColumn } from './rule';

interface Columns {
  /**
   * Names of all columns, in their order, the label among them.
   *
   * @default - Clarify makes up names, and columns can be given by index only
   */
  readonly headers?: NonEmpty<string>;

  /**
   * Column of the observed label. Bias analyses need it; explainability leaves it out of what the model gets.
   *
   * @default - the dataset has no label
   */
  readonly label?: Column;

  /**
   * Column that identifies a record, used to join files and not given to the model. Needed when there are several
   * files and local SHAP values are saved, or the facets are in files of their own.
   *
   * @default - records are joined by their order
   */
  readonly joinSource?: Column;

  /**
   * Columns that are not given to the model.
   *
   * @default - the model gets every column but the label and `joinSource`
   */
  readonly excludedColumns?: readonly Column[];
}

/** Facets that are kept apart from the data the model gets. */
export interface FacetDataset {
  /** S3 URI of the CSV file or prefix that holds the facets. */
  readonly s3Uri: string;

  /**
   * Names of its columns, in their order.
   *
   * @default - Clarify makes up names
   */
  readonly headers?: NonEmpty<string>;
}

/** CSV files without a header line. */
export interface CsvDataset extends Columns {
  readonly datasetType: 'text/csv';

  /**
   * Dataset with the facets of the same records.
   *
   * @default - the facets are columns of this dataset
   */
  readonly facetDataset?: FacetDataset;
}

/** Parquet files. */
export interface ParquetDataset extends Columns {
  readonly datasetType: 'application/x-parquet';
}

/** One JSON object per line; columns are JMESPath expressions that give one value. */
export interface JsonLinesDataset extends Columns {
  readonly datasetType: 'application/jsonlines';

  /**
   * JMESPath expression that gives the list of features of a line.
   *
   * @default - Clarify looks for the features itself
   */
  readonly features?: string;
}

/** JSON documents; columns are JMESPath expressions that give one value per record. */
export interface JsonDataset extends Columns {
  readonly datasetType: 'application/json';

  /** JMESPath expression that gives the matrix of features, one row per record. */
  readonly features: string;
}

/** Images; explainability only. */
export interface ImageDataset {
  readonly datasetType: 'application/x-image';
}

export type TabularDataset = CsvDataset | ParquetDataset | JsonLinesDataset | JsonDataset;

/** A dataset that holds the observed label, as bias metrics need it. */
export type LabelledDataset = TabularDataset & { readonly label: Column };

export function renderDataset(dataset: TabularDataset | ImageDataset): Record<string, unknown> {
  if (dataset.datasetType === 'application/x-image') {
    return { dataset_type: dataset.datasetType };
  }
  const facetDataset = dataset.datasetType === 'text/csv' ? dataset.facetDataset : undefined;
  return {
    dataset_type: dataset.datasetType,
    features: 'features' in dataset ? dataset.features : undefined,
    headers: dataset.headers,
    label: dataset.label,
    joinsource_name_or_index: dataset.joinSource,
    facet_dataset_uri: facetDataset?.s3Uri,
    facet_headers: facetDataset?.headers,
    excluded_columns: dataset.excludedColumns,
  };
}

export function validateDataset(path: string, dataset: TabularDataset): void {
  const facetDataset = dataset.datasetType === 'text/csv' ? dataset.facetDataset : undefined;
  for (const [prop, names] of Object.entries({
    headers: dataset.headers,
    'facetDataset.headers': facetDataset?.headers,
  })) {
    const repeated = names?.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) {
      refuse(path, `dataset.${prop}`, 'name each column once', repeated);
    }
  }
  if (facetDataset && !facetDataset.s3Uri.startsWith('s3://')) {
    refuse(path, 'dataset.facetDataset.s3Uri', 'be an S3 URI', facetDataset.s3Uri);
  }

  const names = columnNames(dataset);
  if (names) {
    const { label, joinSource, excludedColumns = [] } = dataset;
    for (const [prop, column] of Object.entries({ label, joinSource })) {
      if (column !== undefined) {
        requireColumn(path, `dataset.${prop}`, column, names);
      }
    }
    excludedColumns.forEach((column, index) => requireColumn(path, `dataset.excludedColumns[${index}]`, column, names));
  }
}

/** Names that columns can be checked against: not in JSON, where a column is an expression and not a header. */
function columnNames(dataset: TabularDataset): readonly string[] | undefined {
  return dataset.datasetType === 'text/csv' || dataset.datasetType === 'application/x-parquet'
    ? dataset.headers
    : undefined;
}

/** Names that a facet or a group can have. */
export function facetNames(dataset: TabularDataset): readonly string[] | undefined {
  const names = columnNames(dataset);
  if (dataset.datasetType !== 'text/csv' || !dataset.facetDataset) {
    return names;
  }
  return names && dataset.facetDataset.headers && [...names, ...dataset.facetDataset.headers];
}

/** Names of the columns that the model gets. */
export function featureNames(dataset: TabularDataset): readonly string[] | undefined {
  const { label, joinSource, excludedColumns = [] } = dataset;
  const left = new Set<Column | undefined>([label, joinSource, ...excludedColumns]);
  return columnNames(dataset)?.filter((name, index) => !left.has(name) && !left.has(index));
}
