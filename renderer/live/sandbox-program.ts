import type { ProgramState } from '../../shared/features/programs.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import { useFollow } from './use-follow.ts'

const followPrograms = (services: Services, _: PipelineScope, signal: AbortSignal) =>
  services.programs.watch({}, signal)

/** The sandbox's process as this console's host knows it; undefined when another program keeps it running. */
export const useSandboxProgram = (): ProgramState | undefined =>
  useFollow(followPrograms).value?.find(program => program.name === 'sandbox')
