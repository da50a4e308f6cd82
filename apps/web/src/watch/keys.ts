/**
 * Keyboard shortcuts for the whole page: space or K plays and pauses, M mutes, F is full screen. A control that has the
 * focus keeps its own keys.
 *
 * @param unmute - turns the sound on.
 */
export function listenForKeys(video: HTMLVideoElement, screen: HTMLElement, unmute: () => void): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || hasOwnKeys(event.target)) return
    switch (event.key.toLowerCase()) {
      case ' ':
      case 'k':
        // Without a source play() rejects, and there is nothing to play: nothing to tell the viewer.
        if (video.paused) video.play().catch(() => undefined)
        else video.pause()
        break
      case 'm':
        if (video.muted) unmute()
        else video.muted = true
        break
      case 'f':
        // A browser may refuse full screen (an embedding page's policy); the page stays as it is.
        if (document.fullscreenElement === null) screen.requestFullscreen().catch(() => undefined)
        else void document.exitFullscreen()
        break
      default:
        return
    }
    event.preventDefault()
  })
}

function hasOwnKeys(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, button, a, video') !== null
}
