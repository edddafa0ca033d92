namespace LayerBuild.Testing;

/// <summary>A test that runs a program of the machine; skipped where it is not on PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresProgramFactAttribute : FactAttribute
{
    public RequiresProgramFactAttribute(string program)
    {
        if (Programs.Find(program) is null)
        {
            Skip = $"{program} is not on PATH.";
        }
    }
}
