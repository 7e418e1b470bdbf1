/**
 * Run once while the image is built: loads everything that an instance loads, so that the compile cache holds it.
 * It must be run by the user and with the flags of the instance.
 */
import { flushCompileCache } from 'node:module';
import './index.ts';
import './runtime/environment.ts';
import './runtime/instance.ts';

flushCompileCache();
process.exit(0);
