export { AccountMailer } from '../../support/client-classes.js';
