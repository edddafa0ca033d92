namespace LayerBuild.Formats.Documents;

/// <summary>A text is not the TOML or JSON that it should be, or what it holds is of another kind.</summary>
/// <param name="message">What is wrong, in words without a full stop.</param>
/// <param name="line">From 1; 0 when unknown.</param>
/// <param name="column">From 1; 0 when unknown.</param>
internal sealed class DocumentException(string message, int line, int column = 0) : FormatException(message)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
