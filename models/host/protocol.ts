import { EndonymError } from '../../core/error.ts'
import type { Answers, Host, HostStatus, Weights } from '../host.ts'

/** The calls that go from a process to the one that computes for it. */
export type HostCall = keyof Answers<Weights>

/** What a process that computes is started with. */
export type HostStart = { contextSize?: number; sequences?: number; memory?: number; gpu?: 'auto' | false }

/** To the process that computes. Functions among a call's options stay where they are: `callbacks` are their names. */
export type ToHost =
  | { kind: 'start'; options: HostStart }
  | { kind: 'call'; id: number; call: HostCall; args: unknown[]; callbacks: readonly string[] }
  | { kind: 'abort'; id: number }

/** And from it. */
export type FromHost =
  | { kind: 'callback'; id: number; name: string; args: unknown[] }
  | { kind: 'result'; id: number; result: unknown; status: HostStatus }
  | { kind: 'failure'; id: number; failure: Failure; status: HostStatus }

/** An error on its way between processes. */
export type Failure = { code?: string; message: string; exitCode?: 1 | 2; stack?: string }

export function packError(error: unknown): Failure {
  if (error instanceof EndonymError) return { code: error.code, message: error.message, exitCode: error.exitCode }
  if (error instanceof Error) return { message: error.message, ...(error.stack && { stack: error.stack }) }
  return { message: String(error) }
}

export function unpackError({ code, message, exitCode, stack }: Failure): Error {
  if (code !== undefined) return new EndonymError(code, message, exitCode ? { exitCode } : {})
  return Object.assign(new Error(message), stack && { stack })
}

/** A host's method, called with arguments that came from another process. */
export function callHost(host: Host, call: HostCall, args: readonly unknown[]): Promise<unknown> {
  return (host[call] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
}
