import { useEffect } from 'react'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { Services } from '../../shared/features/services.ts'
import type { Profile } from '../../shared/features/targets.ts'
import type { LoginWanted } from './login.ts'
import { useCall } from './use-call.ts'

const readProfiles = (services: Services, _scope: PipelineScope, signal: AbortSignal) =>
  services.targets.profiles({}, signal)

/** How often the files are asked whether another program has logged in or out. */
const READ_EVERY_MS = 15_000

/** The profiles of this machine, as the files say now. */
export const useProfiles = () => useCall(readProfiles)

/** The same for one profile, read again while it is shown. */
export function useProfile(name: string | undefined): Profile | undefined {
  const { value, reload } = useProfiles()
  useEffect(() => {
    if (name === undefined) return
    const timer = setInterval(() => {
      if (!document.hidden) reload()
    }, READ_EVERY_MS)
    return () => clearInterval(timer)
  }, [name, reload])
  return value?.profiles.find(profile => profile.name === name)
}

/** What somebody logs in to from here for a profile; undefined where he cannot. */
export const loginWanted = ({ name: profile, login: name, problem }: Profile): LoginWanted | undefined =>
  name === null || problem !== null ? undefined : { name, profile }
