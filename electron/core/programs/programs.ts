import type { ProgramState, programsContract } from '../../../shared/features/programs.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'

/** The programs that a host keeps running beside core. */
export interface ProgramsHost {
  states(): ProgramState[]
  retry(name: ProgramState['name']): void
}

/** What the host's programs do, and starting one again; `changed` is to be called whenever a state is another. */
export function createPrograms(host: ProgramsHost | undefined): {
  service: ServiceOf<typeof programsContract>
  changed: () => void
} {
  const waiting = new Set<() => void>()
  let version = 0
  const states = () => host?.states() ?? []
  return {
    service: {
      async *watch(_, { signal }) {
        for (let seen = -1; !signal.aborted; ) {
          if (seen !== version) {
            seen = version
            yield states()
            continue
          }
          await new Promise<void>(resolve => {
            const wake = () => {
              waiting.delete(wake)
              signal.removeEventListener('abort', wake)
              resolve()
            }
            waiting.add(wake)
            signal.addEventListener('abort', wake)
          })
        }
      },
      async retry({ name }) {
        if (!states().some(program => program.name === name))
          throw new ExpectedError({
            code: 'not_found',
            message: `The ${name} was not started by this console, so it is not started again from here.`,
            hint: 'Start it where it was started before: "sluice sandbox", or the console that began it.',
            retryable: false,
          })
        host?.retry(name)
        return states()
      },
    },
    changed() {
      version++
      for (const wake of [...waiting]) wake()
    },
  }
}
