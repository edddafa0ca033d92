namespace LayerBuild.Testing;

/// <summary>A test against <see cref="InstalledWheels"/>; skipped where nothing is installed that it asks for.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresInstalledWheelsFactAttribute : FactAttribute
{
    public RequiresInstalledWheelsFactAttribute()
    {
        if (InstalledWheels.Python is null)
        {
            Skip = "No Python on PATH or in pyenv has packages.";
        }
    }
}

/// <summary>A test against a file of a distribution that may be installed here; skipped where it is not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresInstalledFileFactAttribute : FactAttribute
{
    public RequiresInstalledFileFactAttribute(string distribution, string fileName)
    {
        if (InstalledWheels.Find(distribution, fileName) is null)
        {
            Skip = $"{distribution} is installed in no Python of PATH or pyenv.";
        }
    }
}
