/**
 * What long work reports while it runs. `done` and `total` count `unit`s of `stage`; a total that is not known is left out.
 * The command line draws it as a bar on a terminal and as a line now and then elsewhere; the server sends it as an event.
 */
export type ProgressEvent = {
  stage: string
  done: number
  total?: number
  unit?: string
  note?: string
}

export type Progress = (event: ProgressEvent) => void

export const silent: Progress = () => {}
