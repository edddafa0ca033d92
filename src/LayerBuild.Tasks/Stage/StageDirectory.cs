namespace LayerBuild.Stage;

/// <summary>The staged tree on disk: looks like /opt, and never keeps a file of an earlier build.</summary>
internal static class StageDirectory
{
    /// <summary>
    /// Makes <paramref name="directory"/> hold exactly the files of <paramref name="tree"/>: writes what differs,
    /// side by side, and deletes what is not in the tree.
    /// </summary>
    public static void Fill(string directory, LayerTree tree, CancellationToken cancellation)
    {
        throw new NotImplementedException();
    }
}
