namespace LayerBuild.Testing;

/// <summary>The work tree that the tests were built in.</summary>
internal static class RepositoryRoot
{
    /// <summary>Full path.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "LayerBuild.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run from their folder in the repository.");
    }
}
