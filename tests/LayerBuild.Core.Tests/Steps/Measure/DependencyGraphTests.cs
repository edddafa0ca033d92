using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

public sealed class DependencyGraphTests
{
    [Fact]
    public void A_Python_package_requires_what_its_runtimes_import()
    {
        var graph = new DependencyGraph([Package("pandas", "python", "NumPy"), Package("numpy", "python")]);
        Assert.Equal(["numpy", "pandas"], graph.Packages.Select(p => p.Name));
        Assert.Equal([0], graph.Requires[1]);
        Assert.Equal(-1, graph.IndexOf(null));
    }

    [Fact]
    public void A_package_of_npm_requires_the_copy_that_Node_would_find()
    {
        var graph = new DependencyGraph(
        [
            Package("a", "nodejs/node_modules", "ms", "lodash-merge"),
            Package("b", "nodejs/node_modules", "ms"),
            Package("lodash.merge", "nodejs/node_modules"),
            Package("ms", "nodejs/node_modules"),
            Package("ms", "nodejs/node_modules/b/node_modules"),
        ]);
        Assert.Equal([3], graph.Requires[0]);
        Assert.Equal([4], graph.Requires[1]);
    }

    [Fact]
    public void What_is_audited_says_by_whom_it_is_required_and_of_which_ecosystem_it_is()
    {
        var graph = new DependencyGraph([Package("pandas", "python", "NumPy"), Package("scipy", "python", "numpy"), Package("numpy", "python"), Package("ms", "nodejs/node_modules")]);
        Assert.Equal(
            ["npm ms 1 by ", "PyPI numpy 1 by pandas scipy", "PyPI pandas 1 by ", "PyPI scipy 1 by "],
            graph.Audited().Select(p => $"{p.Ecosystem} {p} by {string.Join(' ', p.RequiredBy)}"));
    }

    private static InstalledPackage Package(string name, string folder, params string[] requires) =>
        new(name, "1", "", "", true, folder) { Runtimes = [LayerBuild.Lambda.LambdaRuntime.All[0]], Requires = requires, Metadata = "" };
}
