import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import type { ProfileList } from '../../../shared/features/targets.ts'
import { useProfiles } from '../../live/profiles.ts'
import { Problem } from '../../ui/problem.tsx'
import { OfferedRoles } from './offered-roles.tsx'
import { ProfileTable } from './profile-table.tsx'

/** The AWS profiles of this machine, as the AWS CLI's files say: whose they are, and whether they can be used now. */
export default function Profiles() {
  const list = useProfiles()
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Profiles</h1>
          <p>AWS profiles of this machine, as the AWS CLI reads its files. Nothing that stands in them is changed.</p>
        </div>
        <div className="page-actions">
          <Button iconName="refresh" onClick={list.reload} loading={list.state === 'loading'}>
            Read the files again
          </Button>
        </div>
      </div>
      {list.state === 'failed' && <Problem error={list.error} retry={list.reload} />}
      {list.value && list.value.problems.length > 0 && <FileProblems problems={list.value.problems} />}
      <ProfileTable profiles={list.value?.profiles ?? []} loading={list.value === undefined} />
      {list.value?.logins.map(login => (
        <OfferedRoles key={login} login={login} onWritten={list.reload} />
      ))}
    </div>
  )
}

function FileProblems({ problems }: Pick<ProfileList, 'problems'>) {
  return (
    <Alert type="error" header="A file cannot be read, so its profiles are missing here">
      <ul className="details">
        {problems.map(({ file, line, message }) => (
          <li key={`${file}${line}`}>
            {file}
            {line !== null && `, line ${line}`}: {message}
          </li>
        ))}
      </ul>
      The AWS CLI refuses such a file as a whole, too. Put it right, then read the files again.
    </Alert>
  )
}
