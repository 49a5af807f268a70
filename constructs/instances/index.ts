export { hasLocalStorage } from './local-storage';
