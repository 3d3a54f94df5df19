export { ChargeJob, ExportJob } from '../../support/client-classes.js';
