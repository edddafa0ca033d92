namespace LayerBuild.Testing;

/// <summary>A test against moto (and read with awscli); skipped where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresMotoFactAttribute : FactAttribute
{
    public RequiresMotoFactAttribute()
    {
        if (Programs.Find("moto_server") is null)
        {
            Skip = "moto_server is not on PATH: pip install 'moto[server]'.";
        }
        else if (Programs.Find("aws") is null)
        {
            Skip = "aws is not on PATH: pip install awscli.";
        }
    }
}
