namespace LayerBuild.Formats.Documents;

/// <summary>A value of a document and where it stands.</summary>
/// <param name="Value">
/// A string, a long, a bool, a <see cref="DocumentTable"/>, a list of values, or <see cref="Other"/>.
/// </param>
/// <param name="Line">From 1; 0 when unknown.</param>
internal readonly record struct DocumentValue(object Value, int Line)
{
    /// <summary>A date, a null, a number that is not whole: what nothing here asks for.</summary>
    public static readonly object Other = new();

    /// <exception cref="DocumentException">It is not a string.</exception>
    public string AsText(string key) => Value as string ?? throw Not(key, "a string");

    /// <exception cref="DocumentException">It is not a table.</exception>
    public DocumentTable AsTable(string key) => Value as DocumentTable ?? throw Not(key, "a table");

    public DocumentException Not(string key, string kind) => new($"'{key}' is not {kind}", Line);
}
