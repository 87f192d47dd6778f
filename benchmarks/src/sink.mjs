// A collector that answers 200 to everything and counts what it got: the cheapest one there can be.
import { createServer } from 'node:http';
import { answerQuestions } from './child.mjs';
import { countSpans } from './count-spans.mjs';

const counts = { bytes: 0, spans: 0, serverSpans: 0, metricExports: 0 };

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    count(request.url, Buffer.concat(chunks));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  answerQuestions({ counts: () => counts }, { url: `http://127.0.0.1:${server.address().port}` });
});

function count(url, body) {
  counts.bytes += body.length;
  if (url === '/v1/traces') {
    const { spans, serverSpans } = countSpans(body);
    counts.spans += spans;
    counts.serverSpans += serverSpans;
  } else {
    counts.metricExports += 1;
  }
}
