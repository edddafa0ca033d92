'use strict';
(() => {
  const report = JSON.parse(document.getElementById('data').textContent);
  // In the order of FileRole.
  const roles = [
    { name: 'native', color: '--native' },
    { name: 'Python', color: '--python' },
    { name: 'script', color: '--script' },
    { name: 'bytecode', color: '--bytecode' },
    { name: 'metadata', color: '--metadata' },
    { name: 'data', color: '--other' },
  ];

  // ---- words and numbers ----

  const byId = id => document.getElementById(id);
  const whole = new Intl.NumberFormat('en-US');

  function bytes(n) {
    if (n < 1e3) return `${n} bytes`;
    if (n < 1e6) return `${(n / 1e3).toFixed(1)} KB`;
    if (n < 1e9) return `${(n / 1e6).toFixed(1)} MB`;
    return `${(n / 1e9).toFixed(2)} GB`;
  }

  const exact = n => `${whole.format(n)} bytes`;
  const share = (part, all) => `${(all === 0 ? 0 : 100 * part / all).toFixed(1)} %`;
  const change = n => n === 0 ? '=' : (n < 0 ? '\u2212' : '+') + bytes(Math.abs(n));
  const count = (n, one, many) => `${whole.format(n)} ${n === 1 ? one : many}`;

  function el(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, '');
      else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter(c => c !== null && c !== undefined));
    return element;
  }

  // ---- files and folders ----

  function decodePaths(layer) {
    const rests = layer.paths.split('\n');
    const paths = new Array(layer.shared.length);
    let before = '';
    for (let i = 0; i < paths.length; i++) {
      before = before.slice(0, layer.shared[i]) + rests[i];
      paths[i] = before;
    }
    return paths;
  }

  function makeNode(name, path, parent, layer) {
    return { name, path, parent, layer, children: null, byName: null, entry: -1, files: 0, unzipped: 0, zipped: 0, roles: null, role: 5 };
  }

  /** The tree of a layer: folders with one folder in them only are one node with it. */
  function makeTree(layer, index) {
    const root = makeNode(layer.manifest.name, '', null, index);
    root.children = [];
    root.byName = new Map();
    layer.paths.forEach((path, i) => {
      let node = root;
      let start = 0;
      for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', start)) {
        const name = path.slice(start, slash);
        let folder = node.byName.get(name);
        if (!folder) {
          folder = makeNode(name, path.slice(0, slash), node, index);
          folder.children = [];
          folder.byName = new Map();
          node.byName.set(name, folder);
          node.children.push(folder);
        }
        node = folder;
        start = slash + 1;
      }
      const file = makeNode(path.slice(start), path, node, index);
      file.entry = i;
      file.files = 1;
      file.unzipped = layer.sizes[i];
      file.zipped = layer.zipped[i];
      file.role = Number(layer.roles[i]);
      node.children.push(file);
    });
    finish(root);
    return root;
  }

  function finish(node) {
    if (!node.children) return;
    node.byName = null;
    while (node.parent && node.children.length === 1 && node.children[0].children) {
      const only = node.children[0];
      node.name += '/' + only.name;
      node.path = only.path;
      node.children = only.children;
      for (const child of node.children) child.parent = node;
    }
    node.roles = { unzipped: new Array(roles.length).fill(0), zipped: new Array(roles.length).fill(0) };
    for (const child of node.children) {
      finish(child);
      add(node, child);
    }
  }

  function add(node, child) {
    node.files += child.files;
    node.unzipped += child.unzipped;
    node.zipped += child.zipped;
    for (const size of ['unzipped', 'zipped']) {
      if (child.roles) child.roles[size].forEach((n, role) => { node.roles[size][role] += n; });
      else node.roles[size][child.role] += child[size];
    }
  }

  const layers = report.layers;
  for (const layer of layers) layer.paths = decodePaths(layer);
  const trees = layers.map(makeTree);
  const everything = makeNode('All layers', '', null, -1);
  everything.children = trees;
  everything.roles = { unzipped: new Array(roles.length).fill(0), zipped: new Array(roles.length).fill(0) };
  for (const tree of trees) add(everything, tree);
  if (trees.length > 1) for (const tree of trees) tree.parent = everything;

  function find(layer, path) {
    let node = trees[layer];
    while (path && node.path !== path) {
      const next = (node.children ?? []).find(c => c.path === path || path.startsWith(c.path + '/') || c.path.startsWith(path + '/'));
      if (!next) break;
      node = next;
      if (node.path.startsWith(path)) break;
    }
    return node.children ? node : node.parent;
  }

  function fullName(node) {
    if (node.layer < 0) return node.name;
    const layer = layers[node.layer].manifest.name;
    return node.path ? `${layer}: ${node.path}` : layer;
  }

  function owner(node) {
    if (node.entry < 0) return null;
    const layer = layers[node.layer];
    const owned = layer.owners[node.entry];
    return owned < 0 ? null : layer.manifest.packages[owned];
  }

  // ---- tables ----

  /**
   * A table whose columns sort. Columns: title, cell(row): text or element; value(row): what to sort by;
   * number: aligned right, largest first.
   */
  function makeTable(host, { caption, columns, rows, sort, page = 100, fixed = false }) {
    const body = el('tbody');
    const heads = columns.map(column => {
      const head = el('th', { scope: 'col', class: column.number ? 'number' : null });
      if (fixed || !column.value) head.append(column.title);
      else head.append(el('button', { type: 'button', onclick: () => sortBy(column) }, column.title));
      return head;
    });
    const more = el('button', { type: 'button', class: 'more', onclick: () => { shown += 1000; fill(); } });
    let order = sort ?? null;
    let shown = page;
    let current = rows;

    function sortBy(column) {
      const down = order?.column === column ? !order.down : Boolean(column.number);
      order = { column, down };
      shown = page;
      fill();
    }

    function fill() {
      if (order && typeof order.column === 'number') order = { column: columns[order.column], down: order.down };
      let sorted = current;
      if (order) {
        const { column: { value, number }, down } = order;
        const compare = number ? (a, b) => value(a) - value(b) : (a, b) => { const x = value(a), y = value(b); return x < y ? -1 : x > y ? 1 : 0; };
        sorted = [...current].sort(down ? (a, b) => compare(b, a) : compare);
      }
      columns.forEach((column, i) => {
        if (order?.column === column) heads[i].setAttribute('aria-sort', order.down ? 'descending' : 'ascending');
        else heads[i].removeAttribute('aria-sort');
      });
      body.replaceChildren(...sorted.slice(0, shown).map(row => el('tr', null, ...columns.map((column, i) => {
        const content = column.cell(row);
        const kind = column.number ? 'number' : column.kind ?? null;
        return i === 0 && !column.number
          ? el('th', { scope: 'row', class: kind }, content)
          : el('td', { class: kind, title: column.exact ? exact(column.value(row)) : null }, content);
      }))));
      more.hidden = current.length <= shown;
      more.textContent = `Show more (${whole.format(current.length - shown)} left)`;
    }

    host.replaceChildren(
      el('table', null, caption ? el('caption', null, caption) : null, el('thead', null, el('tr', null, ...heads)), body),
      more);
    fill();
    return { setRows(next) { current = next; shown = page; fill(); } };
  }

  // ---- the limit ----

  function bar(segments, marks = []) {
    const total = segments.reduce((sum, s) => sum + s.size, 0);
    const full = Math.max(total, report.limit);
    return el('div', { class: 'bar', 'aria-hidden': 'true' },
      ...segments.filter(s => s.size > 0).map(s => {
        const part = el('i', { title: `${s.name}: ${bytes(s.size)}` });
        part.style.width = `${100 * s.size / full}%`;
        part.style.background = `var(${s.color})`;
        return part;
      }),
      ...(total > report.limit ? [{ size: report.limit, name: 'limit' }, ...marks] : marks).filter(m => m.size <= full).map(m => {
        const mark = el('b', { title: `${m.name}: ${bytes(m.size)}` });
        mark.style.left = `${100 * m.size / full}%`;
        return mark;
      }));
  }

  function layerState(layer) {
    const broken = [];
    const m = layer.manifest;
    if (m.unzippedSize >= report.limit) broken.push('over the limit');
    if (layer.maxZippedSize !== undefined && m.zippedSize > layer.maxZippedSize) broken.push(`over its budget of ${bytes(layer.maxZippedSize)} zipped`);
    if (layer.maxUnzippedSize !== undefined && m.unzippedSize > layer.maxUnzippedSize) broken.push(`over its budget of ${bytes(layer.maxUnzippedSize)} unzipped`);
    if (layer.brokenGrowth !== undefined) broken.push(`grew by more than its MaxGrowth of ${layer.brokenGrowth}`);
    if (broken.length > 0) return el('span', { class: 'bad' }, broken.join(', '));
    if (!layer.isBuilt) return el('span', { class: 'bad' }, 'not built');
    const budgets = [];
    if (layer.maxUnzippedSize !== undefined) budgets.push(`${share(m.unzippedSize, layer.maxUnzippedSize)} of ${bytes(layer.maxUnzippedSize)} unzipped`);
    if (layer.maxZippedSize !== undefined) budgets.push(`${share(m.zippedSize, layer.maxZippedSize)} of ${bytes(layer.maxZippedSize)} zipped`);
    return budgets.join(', ');
  }

  function showLimits() {
    const files = layers.reduce((sum, l) => sum + l.manifest.files, 0);
    byId('totals').textContent = `${count(layers.length, 'layer', 'layers')}, ${count(files, 'file', 'files')}, `
      + `${bytes(everything.unzipped)} unzipped, ${bytes(layers.reduce((sum, l) => sum + l.manifest.zippedSize, 0))} zipped`;
    const columns = [
      { title: 'Layer', cell: l => el('a', { href: hashOf(trees[layers.indexOf(l)]) }, l.manifest.name) },
      {
        title: 'Share of the limit',
        kind: 'bar-cell',
        cell: l => bar(
          roles.map((role, i) => ({ name: role.name, color: role.color, size: trees[layers.indexOf(l)].roles.unzipped[i] })),
          l.maxUnzippedSize === undefined ? [] : [{ name: 'budget', size: l.maxUnzippedSize }]),
      },
      { title: 'Of limit', number: true, cell: l => share(l.manifest.unzippedSize, report.limit) },
      { title: 'Unzipped', number: true, exact: true, value: l => l.manifest.unzippedSize, cell: l => bytes(l.manifest.unzippedSize) },
      { title: 'Zipped', number: true, exact: true, value: l => l.manifest.zippedSize, cell: l => bytes(l.manifest.zippedSize) },
      { title: 'Files', number: true, cell: l => whole.format(l.manifest.files) },
    ];
    if (layers.some(l => l.growth)) {
      columns.push({ title: 'Change', number: true, cell: l => l.growth ? change(l.manifest.unzippedSize - l.growth.unzippedSize) : 'new' });
    }
    if (layers.some(l => layerState(l) !== '')) columns.push({ title: 'Budget', kind: 'words', cell: layerState });
    makeTable(byId('layer-bars'), { columns, rows: layers, page: 1000, fixed: true });

    const used = roles.map((role, i) => ({ ...role, size: everything.roles.unzipped[i] })).filter(r => r.size > 0);
    byId('roles').append(...used.map(role => {
      const swatch = el('span', { class: 'swatch' });
      swatch.style.background = `var(${role.color})`;
      return el('li', null, swatch, `${role.name}, ${bytes(role.size)}`);
    }));

    if (report.functions.length > 0) {
      makeTable(byId('function-bars'), {
        caption: 'Functions: code, then layers in their order',
        fixed: true,
        page: 1000,
        rows: report.functions,
        columns: [
          { title: 'Function', cell: f => f.name },
          {
            title: 'Share of the limit',
            kind: 'bar-cell',
            cell: f => bar([
              { name: 'code', color: '--code', size: f.codeSize ?? 0 },
              ...f.layers.map((l, i) => ({ name: l.name, color: i % 2 ? '--segment-2' : '--segment', size: l.unzippedSize ?? 0 })),
            ]),
          },
          { title: 'Of limit', number: true, cell: f => f.unzippedSize >= report.limit ? el('span', { class: 'bad' }, share(f.unzippedSize, report.limit)) : share(f.unzippedSize, report.limit) },
          { title: 'Unzipped', number: true, exact: true, value: f => f.unzippedSize, cell: f => (f.isComplete ? '' : 'at least ') + bytes(f.unzippedSize) },
          {
            title: 'Made of',
            kind: 'path words',
            cell: f => [
              `code ${f.codeSize === undefined ? '(size unknown)' : bytes(f.codeSize)}`,
              ...f.layers.map(l => `${l.name} ${l.unzippedSize === undefined ? '(size unknown)' : bytes(l.unzippedSize)}`),
            ].join(' + '),
          },
        ],
      });
    }
  }

  // ---- treemap ----

  const canvas = byId('treemap');
  const context = canvas.getContext('2d');
  const tip = byId('tip');
  let root = trees.length === 1 ? trees[0] : everything;
  let size = 'unzipped';
  let cells = [];
  let chosen = null;
  let picture = null;
  let theme = null;

  function readTheme() {
    const style = getComputedStyle(document.documentElement);
    const read = name => style.getPropertyValue(name).trim();
    theme = {
      roles: roles.map(r => read(r.color)),
      frame: read('--frame'), deep: read('--frame-deep'), text: read('--text'), page: read('--page'), link: read('--link'),
    };
    theme.ink = theme.roles.map(inkOn);
  }

  /** Black or white, whichever is read better on the colour (WCAG's relative luminance). */
  function inkOn(color) {
    const [r, g, b] = [1, 3, 5].map(i => {
      const c = parseInt(color.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000000' : '#ffffff';
  }

  function sorted(node) {
    node.order ??= {};
    return node.order[size] ??= [...node.children].sort((a, b) => b[size] - a[size] || (a.path < b.path ? -1 : 1));
  }

  /** Squarified treemap (Bruls, Huizing, van Wijk): rows along the shorter side, as square as they get. */
  function squarify(nodes, total, x, y, w, h, place) {
    const scale = w * h / total;
    for (let i = 0; i < nodes.length && nodes[i][size] > 0 && w > 0 && h > 0;) {
      const side = Math.min(w, h);
      const first = nodes[i][size] * scale;
      let sum = 0;
      let worst = Infinity;
      let end = i;
      for (; end < nodes.length; end++) {
        const area = nodes[end][size] * scale;
        if (area <= 0) break;
        const next = sum + area;
        const ratio = Math.max(side * side * first / (next * next), next * next / (side * side * area));
        if (ratio > worst) break;
        worst = ratio;
        sum = next;
      }
      const thick = sum / side;
      let along = 0;
      for (; i < end; i++) {
        const long = nodes[i][size] * scale / thick;
        if (w <= h) place(nodes[i], x + along, y, long, thick);
        else place(nodes[i], x, y + along, thick, long);
        along += long;
      }
      if (w <= h) { y += thick; h -= thick; } else { x += thick; w -= thick; }
    }
  }

  function layout(node, x, y, w, h, depth) {
    const cell = { node, x, y, w, h, depth, head: 0, open: false };
    cells.push(cell);
    if (!node.children || node[size] === 0 || w * h < 24 || w < 3 || h < 3) return;
    cell.open = true;
    const edge = w > 14 && h > 14 ? 2 : 0;
    cell.head = w > 48 && h > 34 ? 16 : 0;
    squarify(sorted(node), node[size], x + edge, y + edge + cell.head, w - 2 * edge, h - 2 * edge - cell.head,
      (child, cx, cy, cw, ch) => layout(child, cx, cy, cw, ch, depth + 1));
  }

  function paint() {
    const box = byId('map-box');
    const width = Math.max(box.clientWidth, 50);
    const height = Math.max(box.clientHeight, 50);
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    context.setTransform(density, 0, 0, density, 0, 0);
    readTheme();
    cells = [];
    layout(root, 0, 0, width, height, 0);
    context.fillStyle = theme.page;
    context.fillRect(0, 0, width, height);
    context.font = '12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    for (const cell of cells) {
      const { node, x, y, w, h } = cell;
      const gap = w > 3 && h > 3 ? 1 : 0;
      const role = node.children ? dominant(node) : node.role;
      context.fillStyle = cell.open ? (cell.depth % 2 ? theme.deep : theme.frame) : theme.roles[role];
      context.fillRect(x, y, w - gap, h - gap);
      if (cell.open && cell.head) {
        context.fillStyle = theme.text;
        write(`${node.name}  ${bytes(node[size])}`, x + 5, y + 10, w - 10);
      } else if (!cell.open && w > 46 && h > 15) {
        context.fillStyle = theme.ink[role];
        write(node.name, x + 4, y + (h > 32 ? 10 : h / 2), w - 8);
        if (h > 32) write(bytes(node[size]), x + 4, y + 25, w - 8);
      }
    }
    picture = document.createElement('canvas');
    picture.width = canvas.width;
    picture.height = canvas.height;
    picture.getContext('2d').drawImage(canvas, 0, 0);
    mark();
  }

  function dominant(node) {
    const sizes = node.roles[size];
    return sizes.indexOf(Math.max(...sizes));
  }

  function write(text, x, y, width) {
    if (context.measureText(text).width > width) {
      let low = 0;
      let high = text.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (context.measureText(text.slice(0, middle) + '\u2026').width <= width) low = middle; else high = middle - 1;
      }
      if (low < 2) return;
      text = text.slice(0, low) + '\u2026';
    }
    context.fillText(text, x, y);
  }

  function restore() {
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(picture, 0, 0);
    context.restore();
  }

  /** The frame around the chosen cell, over the picture. */
  function mark() {
    restore();
    const cell = chosen && cells.find(c => c.node === chosen);
    if (!cell || chosen === root) return;
    context.lineWidth = 4;
    context.strokeStyle = theme.page;
    context.strokeRect(cell.x + 1, cell.y + 1, Math.max(cell.w - 3, 1), Math.max(cell.h - 3, 1));
    context.lineWidth = 2;
    context.strokeStyle = theme.text;
    context.strokeRect(cell.x + 1, cell.y + 1, Math.max(cell.w - 3, 1), Math.max(cell.h - 3, 1));
  }

  function cellAt(x, y) {
    for (let i = cells.length - 1; i >= 0; i--) {
      const c = cells[i];
      if (x >= c.x && x < c.x + c.w && y >= c.y && y < c.y + c.h) return c;
    }
    return null;
  }

  function describe(node) {
    const all = node.layer < 0 ? everything : trees[node.layer];
    const what = node.children ? count(node.files, 'file', 'files') : roles[node.role].name;
    return `${what}, ${bytes(node.unzipped)} unzipped, ${bytes(node.zipped)} zipped, ${share(node[size], all[size])} of ${all.name}`;
  }

  function showTip(node, x, y) {
    const by = owner(node);
    tip.replaceChildren(el('strong', null, fullName(node)), describe(node), by ? el('div', null, `${by.name} ${by.version}`) : '');
    tip.hidden = false;
    const box = byId('map-box');
    tip.style.left = `${Math.max(0, Math.min(x + 14, box.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${y + 20 + tip.offsetHeight > box.clientHeight ? Math.max(0, y - tip.offsetHeight - 10) : y + 20}px`;
  }

  function choose(node, speak) {
    chosen = node;
    mark();
    if (speak) byId('spoken').textContent = `${fullName(node)}, ${describe(node)}`;
  }

  function hashOf(node) {
    const parts = node.layer < 0 ? [] : [layers[node.layer].manifest.name, ...(node.path ? node.path.split('/') : [])];
    return ['#map', ...parts.map(encodeURIComponent)].join('/');
  }

  /** The address says where one is, so that the browser's back button and links from elsewhere work. */
  function nodeOf(hash) {
    const parts = hash.split('/').slice(1);
    try {
      const [name, ...path] = parts.map(decodeURIComponent);
      const layer = layers.findIndex(l => l.manifest.name === name);
      return layer < 0 ? (trees.length === 1 ? trees[0] : everything) : find(layer, path.join('/'));
    } catch {
      return everything;
    }
  }

  function go(node) {
    if (!node || node === root) return;
    location.hash = hashOf(node);
  }

  function arrive(node) {
    const before = root;
    const from = cells.find(c => c.node === node);
    const old = picture;
    root = node;
    chosen = null;
    tip.hidden = true;
    paint();
    const back = cells.find(c => c.node === before);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!calm && old && old.width === picture.width && old.height === picture.height) {
      if (from && before !== node) zoom(old, from, false);
      else if (back && before !== node) zoom(picture, back, true);
    }
    showPlace();
  }

  /** A picture grows out of one of its cells, or shrinks into it. */
  function zoom(image, cell, backwards) {
    const density = window.devicePixelRatio || 1;
    const start = performance.now();
    const mine = root;
    const step = now => {
      if (root !== mine) return;
      const t = Math.min(1, (now - start) / 180);
      if (t >= 1) { mark(); return; }
      const s = (backwards ? 1 - t : t);
      const ease = s * s * (3 - 2 * s);
      const part = {
        x: cell.x * density * ease,
        y: cell.y * density * ease,
        w: image.width + (cell.w * density - image.width) * ease,
        h: image.height + (cell.h * density - image.height) * ease,
      };
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(image, part.x, part.y, Math.max(part.w, 1), Math.max(part.h, 1), 0, 0, canvas.width, canvas.height);
      context.restore();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  function showPlace() {
    const chain = [];
    for (let node = root; node; node = node.parent) chain.unshift(node);
    byId('crumbs').replaceChildren(...chain.flatMap((node, i) => [
      i > 0 ? el('span', { 'aria-hidden': 'true' }, ' / ') : null,
      node === root ? el('strong', { 'aria-current': 'location' }, node.name) : el('a', { href: hashOf(node) }, node.name),
    ].filter(Boolean)));
    byId('layer').value = String(root.layer);
    canvas.setAttribute('aria-label', `Treemap of ${fullName(root)}, ${describe(root)}`);
    byId('contents').setAttribute('aria-label', `What is in ${fullName(root)}`);
    makeTable(byId('contents'), {
      caption: `${fullName(root)}: ${describe(root)}`,
      rows: root.children,
      page: 200,
      sort: { column: 1, down: true },
      columns: [
        {
          title: 'Name',
          kind: 'path',
          value: n => n.name,
          cell: n => n.children ? el('button', { type: 'button', class: 'open', onclick: () => go(n) }, n.name + (n.path ? '/' : '')) : n.name,
        },
        { title: size === 'zipped' ? 'Zipped' : 'Unzipped', number: true, exact: true, value: n => n[size], cell: n => bytes(n[size]) },
        { title: 'Share', number: true, value: n => n[size], cell: n => share(n[size], root[size]) },
      ],
    });
  }

  function steer(event) {
    const node = chosen ?? root;
    const siblings = node.parent && node !== root ? sorted(node.parent) : [];
    const at = siblings.indexOf(node);
    const first = n => n.children ? sorted(n)[0] : null;
    let next = null;
    switch (event.key) {
      case 'ArrowRight': next = node === root ? first(root) : siblings[Math.min(at + 1, siblings.length - 1)]; break;
      case 'ArrowLeft': next = node === root ? first(root) : siblings[Math.max(at - 1, 0)]; break;
      case 'ArrowDown': next = first(node) ?? node; break;
      case 'ArrowUp': next = node === root || node.parent === root ? null : node.parent; break;
      case 'Enter': go(node.children ? node : node.parent); break;
      case 'Escape':
      case 'Backspace': go(root.parent); break;
      default: return;
    }
    event.preventDefault();
    if (next) choose(next, true);
  }

  function setUpMap() {
    const select = byId('layer');
    if (trees.length > 1) select.append(el('option', { value: '-1' }, 'All layers'));
    layers.forEach((layer, i) => select.append(el('option', { value: String(i) }, layer.manifest.name)));
    select.addEventListener('change', () => go(select.value === '-1' ? everything : trees[Number(select.value)]));
    byId('map-controls').addEventListener('submit', event => event.preventDefault());
    byId('map-controls').addEventListener('change', event => {
      if (event.target.name === 'size') {
        size = event.target.value;
        paint();
        showPlace();
      }
    });
    canvas.addEventListener('mousemove', event => {
      const cell = cellAt(event.offsetX, event.offsetY);
      if (!cell) return;
      if (chosen !== cell.node) choose(cell.node, false);
      showTip(cell.node, event.offsetX, event.offsetY);
    });
    canvas.addEventListener('mouseleave', () => { tip.hidden = true; choose(null, false); });
    canvas.addEventListener('click', event => {
      const cell = cellAt(event.offsetX, event.offsetY);
      if (!cell) return;
      // One step towards what was clicked: the folder on the way to it. The root's own head leads out.
      let target = cell.node;
      if (target === root) { go(root.parent); return; }
      while (target.parent !== root) target = target.parent;
      go(target.children ? target : null);
    });
    canvas.addEventListener('keydown', steer);
    canvas.addEventListener('focus', () => { if (!chosen && root.children.length > 0) choose(sorted(root)[0], true); });
    canvas.addEventListener('blur', () => choose(null, false));
    new ResizeObserver(() => paint()).observe(byId('map-box'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => paint());
    // Paper is white: a dark page prints as a light one.
    window.addEventListener('beforeprint', () => { document.documentElement.dataset.theme = 'light'; paint(); });
    window.addEventListener('afterprint', () => { delete document.documentElement.dataset.theme; paint(); });
    window.addEventListener('hashchange', () => { if (location.hash.startsWith('#map')) arrive(nodeOf(location.hash)); });
    if (location.hash.startsWith('#map')) root = nodeOf(location.hash);
    paint();
    showPlace();
  }

  // ---- packages and files ----

  function setUpTables() {
    const packages = layers.flatMap((layer, i) => {
      const rows = layer.manifest.packages.map(p => ({
        name: p.name, version: p.version, license: p.license ?? 'unknown', layer: layer.manifest.name, files: p.files,
        unzipped: p.unzippedSize, zipped: p.zippedSize, all: layer.manifest.unzippedSize, requested: p.requested, folder: p.folder,
      }));
      const own = { name: '(own files)', version: '', license: '', layer: layer.manifest.name, files: 0, unzipped: 0, zipped: 0, all: layer.manifest.unzippedSize, folder: '' };
      layer.owners.forEach((o, entry) => {
        if (o < 0) { own.files++; own.unzipped += layer.sizes[entry]; own.zipped += layer.zipped[entry]; }
      });
      return own.files > 0 ? [...rows, own] : rows;
    });
    for (const row of packages) row.text = `${row.name} ${row.version} ${row.license} ${row.layer} ${row.folder}`.toLowerCase();
    let files = null;
    const sizes = [
      { title: 'Unzipped', number: true, exact: true, value: r => r.unzipped, cell: r => bytes(r.unzipped) },
      { title: 'Zipped', number: true, exact: true, value: r => r.zipped, cell: r => bytes(r.zipped) },
      { title: 'Of layer', number: true, value: r => r.all ? r.unzipped / r.all : 0, cell: r => share(r.unzipped, r.all) },
    ];
    const kinds = {
      packages: {
        rows: () => packages,
        sort: 5,
        columns: [
          { title: 'Package', value: r => r.name.toLowerCase(), cell: r => r.name },
          { title: 'Version', value: r => r.version, cell: r => r.version },
          { title: 'Layer', value: r => r.layer, cell: r => r.layer },
          { title: 'Licence', kind: 'path words', value: r => r.license, cell: r => r.license },
          { title: 'Files', number: true, value: r => r.files, cell: r => whole.format(r.files) },
          ...sizes,
        ],
      },
      files: {
        rows: () => files ??= layers.flatMap(layer => layer.paths.map((path, i) => {
          const by = layer.owners[i] < 0 ? '' : layer.manifest.packages[layer.owners[i]].name;
          const role = roles[Number(layer.roles[i])].name;
          return {
            path, role, by, layer: layer.manifest.name, unzipped: layer.sizes[i], zipped: layer.zipped[i], all: layer.manifest.unzippedSize,
            text: `${path} ${role} ${by} ${layer.manifest.name}`.toLowerCase(),
          };
        })),
        sort: 4,
        columns: [
          { title: 'File', kind: 'path words', value: r => r.path, cell: r => r.path },
          { title: 'Kind', value: r => r.role, cell: r => r.role },
          { title: 'Package', value: r => r.by, cell: r => r.by },
          { title: 'Layer', value: r => r.layer, cell: r => r.layer },
          ...sizes,
        ],
      },
    };
    let kind = kinds.packages;
    let table = null;

    function matching() {
      const terms = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
      const all = kind.rows();
      const found = terms.length === 0 ? all : all.filter(row => terms.every(t => row.text.includes(t)));
      const total = found.reduce((sum, row) => sum + row.unzipped, 0);
      byId('matches').textContent = `${whole.format(found.length)} of ${whole.format(all.length)}, ${bytes(total)} unzipped`;
      return found;
    }

    function show() {
      table = makeTable(byId('table'), { columns: kind.columns, rows: matching(), sort: { column: kind.sort, down: true }, page: 50 });
    }

    byId('table-controls').addEventListener('submit', event => event.preventDefault());
    byId('table-controls').addEventListener('change', event => {
      if (event.target.name === 'rows') {
        kind = kinds[event.target.value];
        show();
      }
    });
    byId('filter').addEventListener('input', () => table.setRows(matching()));
    show();
  }

  // ---- since the baseline, in more than one layer ----

  function showGrowth() {
    const rows = layers.filter(l => l.growth).flatMap(l => l.growth.changes.map(c => ({ ...c, layer: l.manifest.name })));
    const compared = layers.some(l => l.growth);
    byId('growth').hidden = !compared;
    if (!compared) return;
    const version = (v, n) => n === undefined ? '\u2013' : v ?? '';
    const cell = n => el('span', { class: n > 0 ? 'bad' : n < 0 ? 'good' : null }, change(n));
    makeTable(byId('growth-table'), {
      caption: rows.length === 0 ? 'Nothing has changed.' : undefined,
      rows,
      columns: [
        { title: 'Package', value: r => r.name.toLowerCase(), cell: r => r.name },
        { title: 'Layer', value: r => r.layer, cell: r => r.layer },
        { title: 'Before', value: r => version(r.before, r.unzippedBefore), cell: r => version(r.before, r.unzippedBefore) },
        { title: 'Now', value: r => version(r.after, r.unzippedAfter), cell: r => version(r.after, r.unzippedAfter) },
        { title: 'Unzipped', number: true, exact: true, value: r => r.unzipped, cell: r => cell(r.unzipped) },
        { title: 'Zipped', number: true, exact: true, value: r => r.zipped, cell: r => cell(r.zipped) },
      ],
    });
  }

  function showShared() {
    byId('shared').hidden = report.shared.length === 0;
    if (report.shared.length === 0) return;
    const waste = s => s.places.reduce((sum, p) => sum + p.unzippedSize, 0) - Math.max(...s.places.map(p => p.unzippedSize));
    makeTable(byId('shared-table'), {
      rows: report.shared,
      columns: [
        { title: 'Package', value: s => s.name.toLowerCase(), cell: s => s.name },
        {
          title: 'Where',
          cell: s => s.places.map(p => `${p.version} in ${p.layer} (${bytes(p.unzippedSize)})`).join(', '),
        },
        { title: 'Versions', value: s => s.hasVersions ? 0 : 1, cell: s => s.hasVersions ? el('span', { class: 'bad' }, 'differ') : 'same' },
        { title: 'Functions with both', value: s => s.functions.join(), cell: s => s.functions.length > 0 ? s.functions.join(', ') : 'none' },
        { title: 'Size of the copies', number: true, exact: true, value: waste, cell: s => bytes(waste(s)) },
      ],
    });
  }

  // ---- what would save ----

  function sum(layer, indices) {
    let unzipped = 0;
    let zipped = 0;
    for (const i of indices) { unzipped += layer.sizes[i]; zipped += layer.zipped[i]; }
    return { files: indices.length, unzipped, zipped };
  }

  function expand(runs) {
    const indices = [];
    for (let i = 0; i < runs.length; i += 2) for (let n = 0; n < runs[i + 1]; n++) indices.push(runs[i] + n);
    return indices;
  }

  function showSavings() {
    const rows = layers.flatMap(layer => {
      const options = layer.savings.map(s => ({ layer, title: s.title, how: s.how, indices: expand(s.files) }));
      if (options.length > 1) {
        const together = [...new Set(options.flatMap(o => o.indices))];
        options.push({ layer, title: 'All of these', how: '', indices: together });
      }
      return options.map(o => ({ ...o, ...sum(layer, o.indices) }));
    });
    makeTable(byId('savings-table'), {
      caption: rows.length === 0 ? 'No file stands out: Slim would drop nothing, and nothing here is part of the runtime.' : 'Sums over the files that would go, by their size in the zip.',
      rows,
      columns: [
        { title: 'What', value: r => r.title, cell: r => r.title },
        { title: 'Layer', value: r => r.layer.manifest.name, cell: r => r.layer.manifest.name },
        { title: 'How', kind: 'path words', cell: r => r.how },
        { title: 'Files', number: true, value: r => r.files, cell: r => whole.format(r.files) },
        { title: 'Unzipped', number: true, exact: true, value: r => r.unzipped, cell: r => '\u2212' + bytes(r.unzipped) },
        { title: 'Zipped', number: true, exact: true, value: r => r.zipped, cell: r => '\u2212' + bytes(r.zipped) },
        { title: 'Left, unzipped', number: true, exact: true, value: r => r.layer.manifest.unzippedSize - r.unzipped, cell: r => bytes(r.layer.manifest.unzippedSize - r.unzipped) },
      ],
    });
    byId('exclude-controls').addEventListener('submit', event => event.preventDefault());
    byId('exclude').addEventListener('input', showExcluded);
  }

  /** As ExcludeFiles reads its patterns (ZipGlob): no slash fits a name at any depth, a fitting folder goes whole. */
  function globToRegex(pattern) {
    let text = pattern.trim().replaceAll('\\', '/');
    const folderOnly = text.endsWith('/');
    text = text.replace(/\/+$/, '');
    const anyDepth = !text.includes('/');
    text = text.replace(/^\/+/, '').replace(/^\.\//, '');
    if (text === '') return null;
    const parts = text.replace(/\*\*\/|\*\*|\*|\?|\[[!^]?[^\]/]+\]|[^]/g, token => {
      if (token === '**/') return '(?:.*/)?';
      if (token === '**') return '.*';
      if (token === '*') return '[^/]*';
      if (token === '?') return '[^/]';
      if (token.length > 2 && token[0] === '[') return (/^\[[!^]/.test(token) ? '[^/' + token.slice(2) : token).replaceAll('\\', '\\\\');
      return token.replace(/[\\^$.|?*+()[\]{}\/]/, '\\$&');
    });
    try {
      return new RegExp((anyDepth ? '^(?:.*/)?' : '^') + parts + (folderOnly ? '/' : '(?:/|$)'), 's');
    } catch {
      return null;
    }
  }

  function showExcluded() {
    const globs = byId('exclude').value.split(';').map(globToRegex).filter(Boolean);
    const found = globs.length === 0 ? [] : layers
      .map(layer => ({ layer, ...sum(layer, layer.paths.map((_, i) => i).filter(i => globs.some(g => g.test(layer.paths[i])))) }))
      .filter(f => f.files > 0);
    byId('excluded').textContent = globs.length === 0 ? ''
      : found.length === 0 ? 'No file matches.'
      : found.map(f => `${f.layer.manifest.name}: ${count(f.files, 'file', 'files')}, \u2212${bytes(f.unzipped)} unzipped, \u2212${bytes(f.zipped)} zipped`).join('; ');
  }

  showLimits();
  setUpMap();
  setUpTables();
  showGrowth();
  showShared();
  showSavings();
})();
