/** Content of an `analysis_config.json`: plain data, ready for `JSON.stringify`. */
export type AnalysisConfig = Readonly<Record<string, unknown>>;

/** The report that Clarify writes beside the metrics. */
export interface Report {
  /**
   * Name of the report's files.
   *
   * @default report
   */
  readonly name?: string;

  /**
   * Title of the report.
   *
   * @default Analysis Report
   */
  readonly title?: string;
}

export interface AnalysisProps {
  /**
   * Name and title of the report.
   *
   * @default - name `report`, title `Analysis Report`
   */
  readonly report?: Report;
}

/** How a model analysis is rendered. */
export interface RenderOptions {
  /**
   * Name of the model to analyse, for a processing job. A pipeline's check step takes it as an argument of its own
   * and refuses it in the file.
   *
   * @default - the file names no model
   */
  readonly modelName?: string;
}

export function renderReport({ name = 'report', title = 'Analysis Report' }: Report = {}): Record<string, unknown> {
  return { report: { name, title } };
}

/** Drops what is undefined, and shares nothing with the props. */
export function plain(config: Record<string, unknown>): AnalysisConfig {
  return JSON.parse(JSON.stringify(config)) as AnalysisConfig;
}
