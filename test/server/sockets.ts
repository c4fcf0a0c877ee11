import net from 'node:net'

/** A connection on which a test writes whatever it likes, and reads when it wants. */
export type RawConnection = {
  socket: net.Socket
  /** What has come so far. */
  text(): string
  /** Resolves with all that came when the server has closed the connection; rejects after `ms`. */
  closed(ms?: number): Promise<string>
}

/** Connects to a server and writes `text`, as it stands. */
export async function connect(url: string, text: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // Being cut off is what some tests are about.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(text)
  const read = () => Buffer.concat(chunks).toString()
  return {
    socket,
    text: read,
    closed: async (ms = 10_000) => {
      const late = AbortSignal.timeout(ms)
      const tooLate = new Promise<never>((_, reject) => {
        late.addEventListener('abort', () => reject(new Error(`Still connected after ${ms} ms: ${read()}`)))
      })
      await Promise.race([closed, tooLate])
      return read()
    },
  }
}

/** A POST as it stands on the wire; of its body only `sent` is written. */
export function rawPost(path: string, sent: string, headers: Record<string, string | number> = {}): string {
  const all = { host: '127.0.0.1', 'content-length': Buffer.byteLength(sent), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${sent}`
}
