/** The page at `/`: a field for a stream's name that leads to its watch page. */
import { watchUrl } from './watch/stream-address.ts'

const form = document.querySelector('form')
const field = document.querySelector('input')
form?.addEventListener('submit', (event) => {
  event.preventDefault()
  const name = field?.value.trim() ?? ''
  if (name !== '') window.location.assign(watchUrl({ name, kind: 'hls' }))
})
