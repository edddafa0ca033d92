using System.Collections;
using System.Diagnostics.CodeAnalysis;
using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Declare;

/// <summary>One table of metadata: what is read, suggested and documented is what is in it.</summary>
public sealed class ItemMetadataTests : IDisposable
{
    private const string NotYet = "reference.md#what-is-not-there-yet";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_reference_lists_the_metadata_of_a_layer_with_their_defaults()
    {
        var expected = ItemMetadata.All.Where(m => m.Item == ItemMetadata.Layer && m.Page != NotYet).Select(m => (m.Name, m.Default));

        Assert.Equal(expected, new Document("docs/reference.md").Table("LambdaLayer"));
    }

    [Fact]
    public void Every_page_names_what_it_explains()
    {
        foreach (ItemMetadata metadata in ItemMetadata.All)
        {
            string[] parts = metadata.Page.Split('#');
            var page = new Document("docs/" + parts[0]);
            Assert.True(page.Names(metadata.Name), $"{metadata.Page} does not name {metadata.Name}.");
            Assert.True(parts.Length == 1 || page.HasAnchor(parts[1]), $"There is no {metadata.Page}.");
        }
    }

    [Fact]
    public void The_readme_of_the_package_lists_the_same()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(RepositoryRoot.Path, "src/LayerBuild.Sdk/README.md")).Where(l => l.StartsWith("| `Lambda", StringComparison.Ordinal))];
        foreach (IGrouping<string, ItemMetadata> item in ItemMetadata.All.Where(m => m.Page != NotYet).GroupBy(m => m.Item))
        {
            string row = Assert.Single(rows, r => r.StartsWith($"| `{item.Key}` |", StringComparison.Ordinal));
            string[] named = [.. row.Split('|')[2].Split('`').Where((_, i) => i % 2 == 1).Where(name => !name.Contains('/', StringComparison.Ordinal))];

            Assert.Equal(item.Select(m => m.Name).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void What_the_readers_ask_for_is_in_the_table_and_all_of_it()
    {
        var layer = new Asked();
        var content = new Asked();
        var function = new Asked();
        var defaults = new ProjectDefaults { Directory = _folder.Path, Today = new DateOnly(2026, 11, 22) };
        new LayerReader(defaults, new DiagnosticLog()).Read([new LayerItem("one", layer)], [new LayerItem(_folder.Write("a.py", ""), content)]);
        new FunctionReader(_folder.Path, new DiagnosticLog()).Read([new LayerItem("f", function)]);

        // CommandInputs mean nothing without Command, which is refused.
        Assert.Equal(ItemMetadata.Of(ItemMetadata.Layer).Except(["CommandInputs"]).Order(StringComparer.Ordinal), layer.Names);
        Assert.Equal(ItemMetadata.Of(ItemMetadata.Content).Append("RecursiveDir").Order(StringComparer.Ordinal), content.Names);
        Assert.Equal(ItemMetadata.Of(ItemMetadata.Function).Order(StringComparer.Ordinal), function.Names);
    }

    [Theory]
    [InlineData("Pakages", "Packages")]
    [InlineData("compatibleruntime", "CompatibleRuntimes")]
    [InlineData("Runtimes", "CompatibleRuntimes")]
    [InlineData("architectures", "CompatibleArchitectures")]
    [InlineData("ExcludeFile", "ExcludeFiles")]
    [InlineData("packages", null)]
    [InlineData("Mine", null)]
    public void A_misspelt_name_is_recognized(string written, string? meant) => Assert.Equal(meant, ItemMetadata.Meant(ItemMetadata.Layer, written));

    [Fact]
    public void Runtime_of_a_function_is_no_misspelling() => Assert.Null(ItemMetadata.Meant(ItemMetadata.Function, "Runtime"));

    /// <summary>Metadata that are all empty and remember who was asked for.</summary>
    private sealed class Asked : IReadOnlyDictionary<string, string>
    {
        private readonly SortedSet<string> _names = new(StringComparer.Ordinal);

        public IEnumerable<string> Names => _names;

        public IEnumerable<string> Keys => [];

        public IEnumerable<string> Values => [];

        public int Count => 0;

        public string this[string key] => throw new KeyNotFoundException(key);

        public bool ContainsKey(string key) => TryGetValue(key, out _);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
        {
            _names.Add(key);
            value = null;
            return false;
        }

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => Enumerable.Empty<KeyValuePair<string, string>>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
