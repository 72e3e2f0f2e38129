/// Unpacks the recording from the page.
extension HtmlScript {
  static let data: StaticString = #"""

    "use strict";
    const $ = id => document.getElementById(id);

    // --- the recording ---

    function fromBase64(text) {
      const binary = atob(text.trim());
      const bytes = new Uint8Array(binary.length);
      for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
      return bytes;
    }

    async function unpacked() {
      const bytes = fromBase64($("data").textContent);
      $("data").remove();
      // A gzip header without any of its optional fields has ten bytes, its end eight.
      if (typeof DecompressionStream !== "function") return inflate(bytes.subarray(10));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    }

    // Deflate (RFC 1951), for browsers that cannot do it themselves.
    function inflate(input) {
      let out = new Uint8Array(input.length * 6 + 1024), size = 0, at = 0, bits = 0, held = 0;
      const take = count => {
        while (held < count) { bits |= input[at++] << held; held += 8; }
        const value = bits & (1 << count) - 1;
        bits >>>= count;
        held -= count;
        return value;
      };
      const room = more => {
        if (size + more <= out.length) return;
        const larger = new Uint8Array(Math.max(out.length * 2, size + more));
        larger.set(out);
        out = larger;
      };
      // Canonical Huffman code: how many symbols have each length, and the symbols in their order.
      const code = lengths => {
        const counts = new Uint16Array(16), offsets = new Uint16Array(16);
        for (const length of lengths) counts[length]++;
        counts[0] = 0;
        for (let i = 1; i < 16; i++) offsets[i] = offsets[i - 1] + counts[i - 1];
        const symbols = new Uint16Array(lengths.length);
        lengths.forEach((length, symbol) => { if (length) symbols[offsets[length]++] = symbol; });
        return { counts, symbols };
      };
      const symbol = ({ counts, symbols }) => {
        let value = 0, first = 0, index = 0;
        for (let length = 1; length < 16; length++) {
          value |= take(1);
          const count = counts[length];
          if (value - count < first) return symbols[index + value - first];
          index += count;
          first = first + count << 1;
          value <<= 1;
        }
        throw new Error("damaged data");
      };
      const extended = (base, step) => {
        const values = [];
        let value = base;
        for (let i = 0; i < 30; i++) {
          const extra = Math.max(0, (i >> step) - 1);
          values.push([value, extra]);
          value += 1 << extra;
        }
        return values;
      };
      const lengthBases = extended(3, 2), distances = extended(1, 1);
      lengthBases[28] = [258, 0];
      const fixed = () => [
        code(Array.from({ length: 288 }, (_, i) => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
        code(Array(30).fill(5))];
      const dynamic = () => {
        const literals = take(5) + 257, far = take(5) + 1, count = take(4) + 4, lengths = Array(19).fill(0);
        const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        for (let i = 0; i < count; i++) lengths[order[i]] = take(3);
        const lengthCode = code(lengths), all = [];
        while (all.length < literals + far) {
          const s = symbol(lengthCode);
          if (s < 16) all.push(s);
          else if (s === 16) for (let n = 3 + take(2), last = all[all.length - 1]; n--;) all.push(last);
          else for (let n = s === 17 ? 3 + take(3) : 11 + take(7); n--;) all.push(0);
        }
        return [code(all.slice(0, literals)), code(all.slice(literals))];
      };
      for (let last = 0; !last;) {
        last = take(1);
        const kind = take(2);
        if (kind === 0) {
          bits = held = 0;
          const length = input[at] | input[at + 1] << 8;
          room(length);
          out.set(input.subarray(at + 4, at + 4 + length), size);
          at += 4 + length;
          size += length;
          continue;
        }
        const [literal, distance] = kind === 1 ? fixed() : dynamic();
        for (;;) {
          const s = symbol(literal);
          if (s === 256) break;
          room(258);
          if (s < 256) { out[size++] = s; continue; }
          const [base, extra] = lengthBases[s - 257], length = base + take(extra);
          const [near, more] = distances[symbol(distance)], back = near + take(more);
          for (let i = 0; i < length; i++, size++) out[size] = out[size - back];
        }
      }
      return out.subarray(0, size);
    }

    // Little-endian integers of seven bits a byte.
    class Columns {
      constructor(bytes) { this.bytes = bytes; this.at = 0; }

      next() {
        const bytes = this.bytes;
        let value = bytes[this.at++];
        if (value < 128) return value;
        value &= 127;
        // Multiplied, not shifted: a shift would cut at 32 bits.
        for (let scale = 128; ; scale *= 128) {
          const byte = bytes[this.at++];
          value += (byte & 127) * scale;
          if (byte < 128) return value;
        }
      }

      text(length) {
        const part = this.bytes.subarray(this.at, this.at + length);
        this.at += length;
        return new TextDecoder().decode(part);
      }

      fill(array) {
        for (let i = 0; i < array.length; i++) array[i] = this.next();
        return array;
      }
    }

    // D is the recording: tables, the tree of stacks (parents first), and for each lane, a thread, its
    // stretches in the order of time. Times are nanoseconds.
    let D;

    function decode(bytes) {
      const columns = new Columns(bytes);
      const data = JSON.parse(columns.text(columns.next()));
      const nodes = columns.next();
      data.nodes = nodes;
      data.parent = columns.fill(new Int32Array(nodes));
      for (let i = 0; i < nodes; i++) data.parent[i] = i - data.parent[i];
      data.parent[0] = -1;
      data.frame = columns.fill(new Int32Array(nodes));
      const durations = columns.fill(new Float64Array(columns.next()));
      const lanes = columns.next();
      const threads = columns.fill(new Int32Array(lanes)), counts = columns.fill(new Int32Array(lanes));
      let from = 0;
      data.lanes = Array.from(counts, (count, lane) => {
        from += count;
        return { index: lane, thread: data.threads[threads[lane]], from: from - count, to: from };
      });
      decodeStretches(data, columns, durations, from);
      data.end = data.lanes.reduce((end, { to }) => Math.max(end, data.start[to - 1] + data.duration[to - 1]),
        Math.max(data.recording.duration, 1));
      return data;
    }

    function decodeStretches(data, columns, durations, count) {
      const node = data.node = new Int32Array(count);
      for (const lane of data.lanes) {
        let before = 0;
        for (let i = lane.from; i < lane.to; i++) {
          const value = columns.next();
          node[i] = before += value & 1 ? -(value + 1) / 2 : value / 2;
        }
      }
      data.state = columns.fill(new Uint8Array(count));
      const duration = data.duration = new Float64Array(count), start = data.start = new Float64Array(count);
      for (let i = 0; i < count; i++) duration[i] = durations[columns.next()];
      for (const lane of data.lanes) {
        let time = 0;
        for (let i = lane.from; i < lane.to; i++) {
          start[i] = time += columns.next() * 1000;
          time += duration[i];
        }
      }
    }

    """#
}
