/** The page at `/`: a field for a stream's name that leads to its watch page. */
import { watchUrl } from './watch/stream-address.ts'

const form = document.querySelector('form')
const field = document.querySelector('input')
form?.addEventListener('submit', (event) => {
  event.preventDefault()
  // Stream names are lower case; what a viewer was told may have been written otherwise.
  const name = field?.value.trim().toLowerCase() ?? ''
  if (name !== '') window.location.assign(watchUrl({ name, kind: 'hls' }))
})
