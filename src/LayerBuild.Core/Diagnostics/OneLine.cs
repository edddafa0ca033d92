namespace LayerBuild.Diagnostics;

/// <summary>Words of other programs, which break them into lines as they like, as part of a message.</summary>
internal static class OneLine
{
    /// <summary>Runs of white space are one blank, and there is none at the ends.</summary>
    public static string Of(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
