import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCore } from '../../electron/core/core.ts'
import { toAppError } from '../../electron/core/errors/expected-error.ts'
import { createCatalog } from '../../electron/core/pipelines/catalog.ts'
import { profileTargets } from '../../electron/core/targets/profiles/profile-targets.ts'
import { systemClock } from '../../electron/hosts/clock.ts'
import { loginHost } from '../../electron/hosts/login-callback.ts'
import { projectFile, projectFiles, projectPath } from '../../electron/hosts/project.ts'
import { sparkHost } from '../../electron/hosts/spark/spark-host.ts'
import { builtInSpecs, openSpecFolder } from '../../electron/hosts/spec-folder.ts'
import { serveWeb, type WebServer } from '../../electron/hosts/web/serve-web.ts'
import { openPortal, type Portal } from '../../electron/sandbox/identity-center/portal.ts'
import { findBrowser } from '../../scripts/browser.ts'
import { serve } from '../../shared/rpc/serve.ts'
import { type AwsHome, awsHome } from '../fixture/aws-profiles.ts'
import { clientConfigOf } from '../fixture/client-config.ts'
import { ACCESS_KEY, coreState } from '../fixture/open-core.ts'
import { CORP, handlerTo } from '../fixture/portal.ts'
import { complaintsOf, drawPictures, FLAGS } from './open-console.ts'

const OIDC = 'https://oidc.eu-central-1.amazonaws.com'
const PAGES_OF_AWS = `${OIDC}/**`

/*
 * The console with a portal of the sandbox where it would call AWS: the clients of a user's console refuse loopback, so
 * this test composes one of its own, and its browser is led from AWS's address to the portal.
 */
let home: AwsHome
let portal: Portal
let server: WebServer
let core: ReturnType<typeof createCore>
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

beforeAll(async () => {
  home = await awsHome()
  await home.config(
    '[profile data]\nregion = eu-west-1\nsso_session = corp\n' +
      'sso_account_id = 111122223333\nsso_role_name = ReadOnly\n' +
      `[sso-session corp]\nsso_start_url = ${CORP.startUrl}\nsso_region = eu-central-1\n`,
  )
  portal = await openPortal({ instance: CORP, lifetimes: { interval: 1 }, now: Date.now })
  const profiles = home.profiles()
  core = createCore({
    targets: async () => profileTargets((await profiles.list()).profiles),
    pipelines: kept => createCatalog({ builtIn: builtInSpecs, openFolder: openSpecFolder, given: [], kept }),
    sandboxKey: ACCESS_KEY,
    // Nobody of this test calls an account: that would be one of AWS.
    accounts: { profiles: { ...profiles, sourceOf: async () => ({ kind: 'none' }) } },
    login: {
      host: loginHost,
      clientConfig: () => clientConfigOf(handlerTo(() => portal.endpoint)),
    },
    stateDir: coreState(home.path),
    clock: systemClock,
    random: Math.random,
    projectFile,
    projectFiles,
    log: () => undefined,
    spark: sparkHost(process),
  })
  server = await serveWeb({
    folder: projectPath('dist/renderer'),
    port: 0,
    howToGetIn: '',
    onLink: link => serve(core.services, link, toAppError),
    log: () => undefined,
  })
  const executablePath = findBrowser(process.env)
  if (!executablePath) throw new Error('There is no Chromium: run "node scripts/ensure-browser.ts"')
  browser = await chromium.launch({ executablePath, args: FLAGS })
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
  await context.route(PAGES_OF_AWS, async route => {
    const { pathname, search } = new URL(route.request().url())
    const asked = route.request()
    const body = asked.postData()
    const answer = await fetch(portal.endpoint + pathname + search, {
      method: asked.method(),
      redirect: 'manual',
      headers: { 'content-type': asked.headers()['content-type'] ?? 'text/plain' },
      ...(body !== null && { body }),
    })
    const location = answer.headers.get('location')
    // A redirect cannot be given to a page that was led elsewhere: a page sends it there.
    if (location !== null)
      return route.fulfill({
        contentType: 'text/html',
        body: `<meta http-equiv="refresh" content="0;url=${location.replaceAll('&', '&amp;')}">`,
      })
    await route.fulfill({ status: answer.status, contentType: 'text/html', body: await answer.text() })
  })
  page = await context.newPage()
  complaints = complaintsOf(page)
  await page.goto(`${server.url}`)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Profiles' }).click()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await core?.close()
  await portal?.close()
  await home?.remove()
  expect(complaints ?? []).toEqual([])
})

const dialog = () => page.getByRole('dialog', { name: 'Log in to corp' })
const row = () => page.getByRole('row').filter({ hasText: 'data' })

describe('the button that logs in', () => {
  it('opens the page of IAM Identity Center, and can be cancelled with Escape', async () => {
    await row().getByText('not logged in').waitFor()
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('button', { name: 'Log in to corp for data' }).click(),
    ])
    await dialog().getByRole('link', { name: 'Open the page that asks you' }).waitFor()
    await dialog()
      .getByText(/^9 min \d+ s$/)
      .waitFor()
    await drawPictures(page, 'login-waiting')
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    await opened.close()
  })

  it('shows a code for another browser, and says when somebody refuses there', async () => {
    await page.getByRole('button', { name: 'Log in to corp for data' }).click()
    await dialog().getByRole('button', { name: 'Use a code instead' }).click()
    const code = await dialog()
      .getByText(/^[A-Z]{4}-[A-Z]{4}$/)
      .textContent()
    await dialog().getByText(`${portal.endpoint}/device?user_code=${code}`).waitFor()
    await drawPictures(page, 'login-code')
    const device = [...portal.state.devices.values()].find(({ userCode }) => userCode === code)
    if (!device) throw new Error('The portal does not know the code')
    device.decision = 'denied'
    await dialog().getByText('The login to corp was cancelled in the browser.').waitFor({ timeout: 30_000 })
    await dialog().getByRole('button', { name: 'Close' }).last().click()
    await dialog().waitFor({ state: 'detached' })
    await row().getByText('not logged in').waitFor()
  })

  it('logs in where somebody allows it in the browser, which can be closed, and shows the time left', async () => {
    const before = context.pages()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('log in to corp')
    await page.getByRole('option', { name: 'Log in to corp IAM' }).waitFor()
    const [opened] = await Promise.all([context.waitForEvent('page'), page.keyboard.press('Enter')])
    expect(before).not.toContain(opened)
    await opened.getByRole('button', { name: 'Allow access' }).click()
    await opened.getByText('You can close this window and go back to Sluice.').waitFor()
    await dialog().getByText('Logged in to corp').waitFor()
    await drawPictures(page, 'login-done')
    await dialog().getByRole('button', { name: 'Close' }).last().click()
    await row().getByText('logged in', { exact: true }).waitFor()
    await row()
      .getByText(/^5\d min left$/)
      .waitFor()
    await opened.close()
  })

  it('lists the roles that the login offers, and adds a profile for one of them', async () => {
    const offered = page.getByRole('region', { name: 'Roles that corp offers' })
    await offered.getByRole('button', { name: 'List the roles of corp' }).click()
    await offered.getByRole('button', { name: 'Add a profile for ReadOnly in Web' }).waitFor()
    expect(await offered.getByRole('row').allTextContents()).toEqual([
      'AccountNameRoleProfile',
      '111122223333DataAdminAdd a profile',
      '444455556666WebReadOnlyAdd a profile',
    ])
    await drawPictures(page, 'offered-roles')
    await offered.getByRole('button', { name: 'Add a profile for Admin in Data' }).click()
    const dialog = page.getByRole('dialog', { name: 'A profile for Admin in Data' })
    await dialog.getByLabel('Region').fill('nowhere')
    await dialog.getByRole('button', { name: 'Add the profile' }).click()
    await dialog.getByText('"nowhere" is no region.').waitFor()
    await drawPictures(page, 'new-profile')
    await dialog.getByLabel('Region').fill('eu-west-1')
    await dialog.getByRole('button', { name: 'Add the profile' }).click()
    await offered.getByText(/^The profile data-admin is at the end of .*config\./).waitFor()
    await offered.getByRole('button', { name: 'Add a profile for Admin in Data' }).waitFor({ state: 'detached' })
    await page.getByRole('row').filter({ hasText: 'data-admin' }).getByText('logged in', { exact: true }).waitFor()
    expect(await readFile(join(home.path, '.aws/config'), 'utf8')).toMatch(
      /\n\n# Admin in Data, written by Sluice on [\d-]+\n\[profile data-admin\]\nsso_session = corp\n/,
    )
  })

  it('the frame of an account says how long its login lasts', async () => {
    await row().getByRole('link', { name: 'data' }).click()
    await page
      .getByRole('banner')
      .getByText(/^logged in, 5\d min left$/)
      .waitFor()
    await drawPictures(page, 'login-frame')
  })

  it('the account is shown in another region where one is typed in the list of targets', async () => {
    const shown = page.getByRole('banner').getByRole('button', { name: /^data/ })
    await shown.click()
    await page.getByLabel('Region of data').fill('us-west-2')
    await drawPictures(page, 'region-choice')
    await page.getByRole('button', { name: 'Show it' }).click()
    await page.waitForURL(/target=data%40us-west-2/)
    await shown.getByText(/us-west-2/).waitFor()
    await shown.click()
    await page.getByLabel('Region of data').fill('eu-west-1')
    await page.getByLabel('Region of data').press('Enter')
    await page.waitForURL(/target=data(&|$)/)
  })
})
