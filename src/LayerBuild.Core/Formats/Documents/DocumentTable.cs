namespace LayerBuild.Formats.Documents;

/// <summary>
/// A table of a TOML document, or an object of a JSON one: keys in the file's order, each once. The typed getters give
/// null for a key that is absent, and refuse a value of another kind with its line.
/// </summary>
/// <param name="line">Where it begins, from 1; 0 when only its first key tells.</param>
internal sealed class DocumentTable(int line)
{
    // Most tables of a lock file are rows of four keys: looking through them is faster than hashing.
    private const int Few = 8;

    private readonly List<KeyValuePair<string, DocumentValue>> _entries = [];
    private Dictionary<string, int>? _places;

    /// <summary>Where it begins, from 1; 0 for an empty one whose place is not known.</summary>
    public int Line => line > 0 ? line : _entries.Count > 0 ? _entries[0].Value.Line : 0;

    public IReadOnlyList<KeyValuePair<string, DocumentValue>> Entries => _entries;

    /// <summary>Written in one piece (<c>{ … }</c>): no header may add to it.</summary>
    public bool Inline { get; init; }

    public DocumentValue? Find(string key)
    {
        if (_places is not null)
        {
            return _places.TryGetValue(key, out int place) ? _entries[place].Value : null;
        }

        foreach (KeyValuePair<string, DocumentValue> entry in _entries)
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }

        return null;
    }

    /// <exception cref="DocumentException">The key is there already.</exception>
    public void Add(string key, DocumentValue value)
    {
        if (Find(key) is not null)
        {
            throw new DocumentException($"'{key}' is there twice", value.Line);
        }

        _places?.Add(key, _entries.Count);
        _entries.Add(new(key, value));
        if (_places is null && _entries.Count > Few)
        {
            _places = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int i = 0; i < _entries.Count; i++)
            {
                _places.Add(_entries[i].Key, i);
            }
        }
    }

    /// <exception cref="DocumentException">It is not a string.</exception>
    public string? Text(string key) => Find(key) is { } value ? value.AsText(key) : null;

    /// <exception cref="DocumentException">It is not a whole number.</exception>
    public long? Number(string key) => Find(key) is { } value ? value.Value as long? ?? throw value.Not(key, "a whole number") : null;

    /// <exception cref="DocumentException">It is not true or false.</exception>
    public bool? Flag(string key) => Find(key) is { } value ? value.Value as bool? ?? throw value.Not(key, "true or false") : null;

    /// <exception cref="DocumentException">It is not a table.</exception>
    public DocumentTable? Table(string key) => Find(key) is { } value ? value.AsTable(key) : null;

    /// <summary>The values of a list; none when it is absent.</summary>
    /// <exception cref="DocumentException">It is not a list.</exception>
    public IReadOnlyList<DocumentValue> List(string key) =>
        Find(key) is { } value ? value.Value as IReadOnlyList<DocumentValue> ?? throw value.Not(key, "a list") : [];

    /// <summary>The strings of a list; none when it is absent.</summary>
    /// <exception cref="DocumentException">It is not a list of strings.</exception>
    public IEnumerable<string> Texts(string key) => List(key).Select(v => v.AsText(key));

    /// <summary>The tables of a list; none when it is absent.</summary>
    /// <exception cref="DocumentException">It is not a list of tables.</exception>
    public IEnumerable<DocumentTable> Tables(string key) => List(key).Select(v => v.AsTable(key));

    /// <summary>The table behind several keys, <c>tool</c> and then <c>uv</c>; null when one of them is absent.</summary>
    /// <exception cref="DocumentException">One of them is not a table.</exception>
    public DocumentTable? Under(params ReadOnlySpan<string> keys)
    {
        DocumentTable? table = this;
        foreach (string key in keys)
        {
            table = table?.Table(key);
        }

        return table;
    }
}
