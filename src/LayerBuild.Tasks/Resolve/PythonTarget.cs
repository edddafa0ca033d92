using LayerBuild.Collect;

namespace LayerBuild.Resolve;

/// <summary>A Python runtime on one architecture: what packages are resolved for.</summary>
internal sealed record PythonTarget(LambdaRuntime Runtime, Architecture Architecture)
{
    /// <summary>Major and minor version: <c>3.12</c>.</summary>
    public Version Python => Runtime.PythonVersion;

    /// <summary>Newest manylinux_X_Y that loads.</summary>
    public Version Glibc => Runtime.Glibc;

    /// <summary>The folder of a layer that only this version of Python searches.</summary>
    public string SitePackages => $"python/lib/python{Python}/site-packages";

    public override string ToString() => $"{Runtime.Id} on {Architecture.Id}";
}
