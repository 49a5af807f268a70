export { FileSet, type FileSetLocation } from './file-set';
