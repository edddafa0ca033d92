namespace LayerBuild.Lambda;

/// <summary>
/// The name of a layer, as PublishLayerVersion takes it: 1 to 140 of <c>[a-zA-Z0-9-_]</c>.
/// </summary>
internal readonly record struct LayerName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 140;

    private LayerName(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, out LayerName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }

        name = new LayerName(text);
        return true;
    }

    /// <summary>The name under which a layer's zip for one architecture is published, when the layer comes as two.</summary>
    public static string Published(string layer, Architecture architecture) => $"{layer}-{architecture}";

    /// <summary>The names under which a layer's zips can be published: its own, or one for each architecture.</summary>
    public static IReadOnlyList<string> AllPublished(string layer) => [layer, .. Architecture.All.Select(a => Published(layer, a))];

    public override string ToString() => Value;
}
