using System.Xml;

namespace LayerBuild.Tasks;

/// <summary>
/// <c>Exclude</c> written as an attribute of a <c>LambdaLayer</c>. MSBuild takes it for items to leave out of Include and
/// shows it to nobody, so whoever means files would wait for an effect in vain. The metadata for that is <c>ExcludeFiles</c>.
/// </summary>
internal static class ExcludeAttributes
{
    /// <summary>Lines of a project or imported file that have one, from 1.</summary>
    /// <param name="file">Full path.</param>
    public static IReadOnlyList<int> Find(string file)
    {
        try
        {
            // Nearly every build ends here.
            string text = File.ReadAllText(file);
            return text.Contains("<LambdaLayer", StringComparison.Ordinal) && text.Contains("Exclude", StringComparison.Ordinal) ? Read(text) : [];
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            // MSBuild read the file a moment ago; it may have been made by a tool that is gone.
            return [];
        }
    }

    private static List<int> Read(string text)
    {
        var lines = new List<int>();
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        while (reader.Read())
        {
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "LambdaLayer" && reader.GetAttribute("Exclude") is not null)
            {
                lines.Add(((IXmlLineInfo)reader).LineNumber);
            }
        }

        return lines;
    }
}
