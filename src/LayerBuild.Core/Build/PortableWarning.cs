using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Build;

/// <summary>A warning as text that goes from machine to machine with the layer that it is about.</summary>
internal static class PortableWarning
{
    /// <summary>Stands for the project's folder, which is elsewhere on other machines.</summary>
    private const string Project = "<project>";

    public static string Write(Diagnostic warning, LayerDeclaration layer)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{warning.Code}\t{warning.Line}\t{(warning.File == layer.ProjectFile ? null : warning.File)}\t{warning.Message}");
        return text.Replace(Folder(layer), Project, StringComparison.Ordinal);
    }

    /// <returns>Null when it is none.</returns>
    public static Diagnostic? Read(string note, LayerDeclaration layer) =>
        note.Replace(Project, Folder(layer), StringComparison.Ordinal).Split('\t', 4) is [var code, var line, var file, var message]
        && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? Diagnostic.Warning(code, message) with { File = file.Length > 0 ? file : null, Line = number }
            : null;

    private static string Folder(LayerDeclaration layer) => layer.ProjectDirectory.TrimEnd(Path.DirectorySeparatorChar);
}
