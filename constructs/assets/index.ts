export { DeployedFile, type DeployedFileProps } from './deployed-file';
export { FileSet, type FileSetLocation } from './file-set';
