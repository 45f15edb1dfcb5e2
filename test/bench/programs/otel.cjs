// OpenTelemetry's auto-instrumentation with every span recorded and batched, and then thrown away. With
// OTEL_TRACES_EXPORTER=none the SDK would install no tracer at all and there would be nothing to compare with; with a
// real exporter it would cost more than this.
'use strict';
const { writeSync } = require('node:fs');
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
const { NodeSDK, tracing } = require('@opentelemetry/sdk-node');

let spans = 0;
const counter = {
  onStart() {},
  onEnd() {
    spans += 1;
  },
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
};
const exporter = {
  export: (batch, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
};
new NodeSDK({
  instrumentations: [getNodeAutoInstrumentations()],
  resourceDetectors: [],
  spanProcessors: [counter, new tracing.BatchSpanProcessor(exporter)],
}).start();
process.on('exit', () => writeSync(2, `spans ${spans}\n`));
