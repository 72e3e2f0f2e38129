/// The script of the page, by topic. It is one script: the parts see each other.
///
/// Names come from the recording: they are written with `textContent` and on canvases, never as
/// markup.
enum HtmlScript {
  static let parts: [StaticString] = [
    data, model, tree, colors, boxes, flame, timeline, functions, callers, source, compare, drawing,
    input, link, page,
  ]
}
