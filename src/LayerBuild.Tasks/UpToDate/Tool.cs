namespace LayerBuild.Tasks.UpToDate;

/// <summary>Which build of LayerBuild this is.</summary>
internal static class Tool
{
    /// <summary>Of the shell, and of the engine beside it by its file: nothing of it is loaded.</summary>
    public static readonly string Identity = $"{typeof(Tool).Module.ModuleVersionId:N} {StateFile.StampOf(Path.Combine(Path.GetDirectoryName(typeof(Tool).Assembly.Location) ?? "", "LayerBuild.Core.dll"))}";
}
