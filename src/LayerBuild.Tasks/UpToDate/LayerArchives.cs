using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace LayerBuild.Tasks.UpToDate;

/// <summary>The items <c>@(LambdaLayerArchive)</c>: the zips of layers that are up to date.</summary>
internal static class LayerArchives
{
    /// <summary>Full path of a layer's state.</summary>
    public static string StatePath(string intermediatePath, string layer) => Path.Combine(intermediatePath, layer, StateFile.Name);

    /// <summary>After a build: in the order of the layers.</summary>
    public static ITaskItem[] Read(IEnumerable<ITaskItem> layers, string intermediatePath) =>
    [
        .. from layer in layers
           let state = StateFile.Read(StatePath(intermediatePath, layer.ItemSpec))
           where state is { Finished: true }
           from item in Of(layer, state)
           select item,
    ];

    public static IEnumerable<ITaskItem> Of(ITaskItem layer, StateFile state)
    {
        foreach (StateArchive archive in state.Archives)
        {
            var item = new TaskItem(EscapedSpec(archive.Path));
            item.SetMetadata("LayerName", archive.Name);
            item.SetMetadata("CodeSha256", archive.CodeSha256);
            item.SetMetadata("ZippedSize", archive.ZippedSize);
            item.SetMetadata("UnzippedSize", archive.UnzippedSize);
            // The LambdaLayer item, which two zips (one per architecture) may come from, and what publishing reads of it.
            item.SetMetadata("DeclaredLayer", EscapedSpec(layer.ItemSpec));
            foreach (string name in new[] { "ShareWith", "AllowPublic", "Imports" })
            {
                item.SetMetadata(name, EscapedSpec(layer.GetMetadata(name)));
            }

            yield return item;
        }
    }

    /// <summary>A path may hold what MSBuild would take for an escape: <c>%3B</c>.</summary>
    private static string EscapedSpec(string text) => text.Replace("%", "%25", StringComparison.Ordinal);
}
