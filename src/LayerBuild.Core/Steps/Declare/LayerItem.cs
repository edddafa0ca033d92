namespace LayerBuild.Steps.Declare;

/// <summary>An item of the project as it was written: its Include and its metadata, names compared without case.</summary>
internal sealed record LayerItem(string Include, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Full path of the project (or imported) file that holds the item.</summary>
    public string? DefiningFile { get; init; }

    /// <summary>The trimmed value, or null when it is missing or blank.</summary>
    public string? Get(string name) =>
        Metadata.TryGetValue(name, out string? value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>The parts of a list separated by <c>;</c>, trimmed, without blanks and repetitions.</summary>
    public string[] List(string name) => Split(Get(name));

    public static string[] Split(string? list) => [.. SplitAll(list).Distinct(StringComparer.Ordinal)];

    /// <summary>The same, with repetitions.</summary>
    public static string[] SplitAll(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
