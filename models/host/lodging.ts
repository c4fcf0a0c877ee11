import fs from 'node:fs'
import { unlessAborted } from '../../core/abort.ts'
import { sum } from '../../core/sum.ts'
import type { HostStatus, Weights } from '../host.ts'
import type { Model, Runtime } from '../runtime.ts'

/** Who wants a context, what it takes, and what is done with it. */
export type Guest<C extends Context, T> = {
  /** Contexts of the same weights and of another kind are others. */
  kind: string
  /** What the context will take. */
  bytes(model: Model): Promise<number>
  open(model: Model): Promise<C>
  work(context: C, model: Model): Promise<T>
  /** Gives up waiting for the model, for room and for the context; what was begun of these goes on. `work` has to see to it itself. */
  signal?: AbortSignal | undefined
}

type Context = { dispose(): Promise<void> }

/** Room for models and their contexts under a limit of memory. */
export type Lodging = {
  /** Works with a model's context, which is opened if there is none: in place of those that nobody works with and that were not used for longest, if it must be. @throws the signal's reason */
  use<C extends Context, T>(weights: Weights, guest: Guest<C, T>): Promise<T>
  /** Works with the weights themselves. @throws the signal's reason, if it fires while they are loaded */
  withModel<T>(file: string, work: (model: Model) => Promise<T>, signal?: AbortSignal): Promise<T>
  status(): Omit<HostStatus, 'gpu' | 'crashes'>
  dispose(): Promise<void>
}

/** `adapters` are its files with their sizes, of which a room of another kind may have the same. */
type Room = {
  weights: Weights
  bytes: number
  adapters: readonly (readonly [file: string, bytes: number])[]
  context: Promise<Context>
  guests: number
}
type Loaded = { model: Promise<Model>; bytes: number; gpuLayers: number; guests: number }

/** @param limit bytes that weights, adapters and contexts may take together. One model and its context are always let in, whatever they take. */
export function createLodging({ runtime, limit }: { runtime: Runtime; limit: number }): Lodging {
  // Both are kept in the order of their use: what was used last is at the end.
  const models = new Map<string, Loaded>()
  const rooms = new Map<string, Room>()
  /** Those that take nobody any more. */
  const leaving = new Set<Room>()
  /** Rooms are made one after the other, so that two do not count on the same memory. */
  let making: Promise<unknown> = Promise.resolve()
  let someoneLeft = Promise.withResolvers<void>()

  const load = (file: string): Loaded => {
    const known = models.get(file)
    if (known) {
      models.delete(file)
      models.set(file, known)
      return known
    }
    const loaded: Loaded = { model: runtime.load(file), bytes: sizeOf(file), gpuLayers: 0, guests: 0 }
    models.set(file, loaded)
    loaded.model.then(
      (model) => {
        loaded.gpuLayers = model.gpuLayers
      },
      () => models.delete(file),
    )
    return loaded
  }
  const withModel: Lodging['withModel'] = async (file, work, signal) => {
    signal?.throwIfAborted()
    const loaded = load(file)
    loaded.guests++
    try {
      return await work(await unlessAborted(loaded.model, signal))
    } finally {
      loaded.guests--
      leave()
    }
  }
  const leave = (): void => {
    someoneLeft.resolve()
    someoneLeft = Promise.withResolvers()
  }
  const memory = () => ({
    weights: sum([...models.values()].map(({ bytes }) => bytes)),
    adapters: sum([...new Map([...rooms.values(), ...leaving].flatMap(({ adapters }) => adapters)).values()]),
    contexts: sum([...rooms.values(), ...leaving].map(({ bytes }) => bytes)),
    limit,
  })
  /** Lets go of weights that nobody needs, or empties the room that was not used for longest: one where nobody is, else one that takes nobody any more. @returns whether there was any */
  const makeSomeRoom = async (signal: AbortSignal | undefined): Promise<boolean> => {
    const inUse = new Set([...rooms.values(), ...leaving].map(({ weights }) => weights.file))
    const idle = [...models].find(([file, { guests }]) => guests === 0 && !inUse.has(file))
    if (idle) {
      models.delete(idle[0])
      await idle[1].model.then((model) => model.dispose()).catch(() => {})
      return true
    }
    const [key, room] = [...rooms].find(([, { guests }]) => guests === 0) ?? [...rooms][0] ?? []
    if (key === undefined || !room) return false
    rooms.delete(key)
    leaving.add(room)
    try {
      while (room.guests > 0) await unlessAborted(someoneLeft.promise, signal)
    } catch (error) {
      // Rooms are made one after the other, so nobody has made another one of that key.
      leaving.delete(room)
      rooms.set(key, room)
      throw error
    }
    await room.context.then((context) => context.dispose()).catch(() => {})
    leaving.delete(room)
    return true
  }
  /** Waits until there is room for so many bytes more, or nothing left to make it of. */
  const makeRoom = async (bytes: number, signal: AbortSignal | undefined): Promise<void> => {
    const taken = (): number => {
      const { weights, adapters, contexts } = memory()
      return weights + adapters + contexts
    }
    while (taken() + bytes > limit && (await makeSomeRoom(signal))) signal?.throwIfAborted()
  }
  /** Counts one guest more, at once: a room without guests may be emptied. */
  const occupy = (key: string, room: Room): Room => {
    room.guests++
    rooms.delete(key)
    rooms.set(key, room)
    return room
  }
  const make = async <C extends Context>(key: string, weights: Weights, model: Model, guest: Guest<C, unknown>) => {
    // Somebody else may have wanted the same, and been first.
    const known = rooms.get(key)
    if (known) return occupy(key, known)
    const bytes = await guest.bytes(model)
    const adapters = weights.adapters.map((each) => [each, sizeOf(each)] as const)
    await makeRoom(bytes + sum(adapters.map(([, size]) => size)), guest.signal)
    const room: Room = { weights, bytes, adapters, context: guest.open(model), guests: 0 }
    room.context.catch(() => {
      if (rooms.get(key) === room) rooms.delete(key)
    })
    return occupy(key, room)
  }

  /** Is a guest of a model's room, which is made if there is none. */
  const enter = async <C extends Context>(weights: Weights, model: Model, guest: Guest<C, unknown>): Promise<Room> => {
    const key = [guest.kind, weights.file, ...weights.adapters].join('\n')
    const known = rooms.get(key)
    if (known) return occupy(key, known)
    const entering = making.then(() => withModel(weights.file, () => make(key, weights, model, guest), guest.signal))
    making = entering.then((room) => room.context).catch(() => {})
    try {
      return await unlessAborted(entering, guest.signal)
    } catch (error) {
      entering.then(exit, () => {})
      throw error
    }
  }
  const exit = (room: Room): void => {
    room.guests--
    leave()
  }

  return {
    withModel,
    use: (weights, guest) =>
      withModel(
        weights.file,
        async (model) => {
          const room = await enter(weights, model, guest)
          try {
            // Whoever asks for this key asks for this kind of context.
            const context = await unlessAborted(room.context, guest.signal)
            return await guest.work(context as Parameters<typeof guest.work>[0], model)
          } finally {
            exit(room)
          }
        },
        guest.signal,
      ),
    status: () => ({
      loaded: [...rooms.values()].map(({ weights }) => weights),
      memory: memory(),
      gpuLayers: sum([...models.values()].map(({ gpuLayers }) => gpuLayers)),
    }),
    dispose: async () => {
      await making
      for (const { context } of rooms.values()) await context.then((it) => it.dispose()).catch(() => {})
      for (const { model } of models.values()) await model.then((it) => it.dispose()).catch(() => {})
      rooms.clear()
      models.clear()
    },
  }
}

/** Of a file that is not there the loading itself says so. */
function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
