export { Analyzer, type AnalyzerKind, type AnalyzerOptions } from './analyzer';
