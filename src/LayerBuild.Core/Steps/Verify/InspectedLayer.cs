using LayerBuild.Formats.Elf;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>A tree, what its files say, and what it is declared for: all that a check needs.</summary>
/// <param name="Facts">For each entry of the tree, in its order.</param>
internal sealed record InspectedLayer(LayerDeclaration Layer, Architecture Architecture, LayerTree Tree, IReadOnlyList<FileFacts> Facts)
{
    /// <summary>All files: tens of thousands.</summary>
    public IEnumerable<(LayerEntry Entry, FileFacts Facts)> Files
    {
        get
        {
            for (int i = 0; i < Tree.Entries.Count; i++)
            {
                yield return (Tree.Entries[i], Facts[i]);
            }
        }
    }

    /// <summary>The entries that a check may have something to say about.</summary>
    public IReadOnlyList<(LayerEntry Entry, FileFacts Facts)> Notable { get; } = ChooseNotable(Tree, Facts);

    /// <summary>The native files.</summary>
    public IEnumerable<(LayerEntry Entry, ElfFile Elf)> ElfFiles =>
        from file in Notable where file.Facts.Elf is not null select (file.Entry, file.Facts.Elf);

    public LayerEntry? Find(string path)
    {
        // The entries are sorted; hardly any check asks for more than a few.
        int low = 0;
        int high = Tree.Entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = string.CompareOrdinal(Tree.Entries[middle].Path.Value, path);
            if (order == 0)
            {
                return Tree.Entries[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    public bool Contains(string path) => Find(path) is not null;

    /// <summary>
    /// The declared runtimes that look at a file. A file in the folder of an undeclared runtime
    /// counts for all declared ones: it must have been meant for one of them.
    /// </summary>
    public IReadOnlyList<LambdaRuntime> RuntimesOf(LayerEntry entry)
    {
        if (entry.Owner is { Runtimes.Count: > 0 } owner)
        {
            return owner.Runtimes;
        }

        string path = entry.Path.Value;
        LambdaRuntime[] looking = [.. Layer.Runtimes.Where(r => LooksAt(r, path))];
        return looking.Length > 0 ? looking : Layer.Runtimes;
    }

    /// <summary>Whether a file is a package's of npm, not the user's own.</summary>
    public static bool IsNodePackage(ZipPath path) =>
        path.Value.StartsWith("nodejs/", StringComparison.Ordinal) && path.Value.Contains("/node_modules/", StringComparison.Ordinal);

    private static bool LooksAt(LambdaRuntime runtime, string path)
    {
        if (path.StartsWith("python/lib/python", StringComparison.Ordinal))
        {
            return runtime.Family == RuntimeFamily.Python
                && path.StartsWith($"python/lib/python{runtime.LanguageVersion}/", StringComparison.Ordinal);
        }

        if (path.StartsWith("nodejs/node", StringComparison.Ordinal) && path.Length > 11 && char.IsAsciiDigit(path[11]))
        {
            return runtime.Family == RuntimeFamily.Node
                && path.StartsWith($"nodejs/node{runtime.LanguageVersion.Split('.')[0]}/", StringComparison.Ordinal);
        }

        return path[..Math.Max(path.IndexOf('/', StringComparison.Ordinal), 0)] switch
        {
            "python" => runtime.Family == RuntimeFamily.Python,
            "nodejs" => runtime.Family == RuntimeFamily.Node,
            "java" => runtime.Family == RuntimeFamily.Java,
            "ruby" => runtime.Family == RuntimeFamily.Ruby,
            _ => true,
        };
    }

    private static List<(LayerEntry, FileFacts)> ChooseNotable(LayerTree tree, IReadOnlyList<FileFacts> facts)
    {
        var notable = new List<(LayerEntry, FileFacts)>();
        for (int i = 0; i < facts.Count; i++)
        {
            if (!ReferenceEquals(facts[i], FileFacts.Nothing))
            {
                notable.Add((tree.Entries[i], facts[i]));
            }
        }

        return notable;
    }
}
