/** An OpenAI-compatible endpoint that answers at once, so that what is measured is the client. Prints its address. A process of its own, since the client's core is measured. */
import http from 'node:http'

const content = 'A auga ferve a cen graos ao nivel do mar, e a menos nas montañas. '.repeat(4).trim()

let answered = 0
const server = http.createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    const body = JSON.stringify({
      id: `chatcmpl-${answered++}`,
      object: 'chat.completion',
      created: 0,
      model: 'teacher',
      choices: [{ index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 40, completion_tokens: 60, total_tokens: 100 },
    })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}/v1`)
})
