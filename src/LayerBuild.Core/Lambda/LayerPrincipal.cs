namespace LayerBuild.Lambda;

/// <summary>Someone a layer version is shared with, as <c>ShareWith</c> names them.</summary>
/// <param name="StatementId">The same for the same principal, always: repeating a share finds its own statement.</param>
/// <param name="Principal">As AddLayerVersionPermission takes it.</param>
internal sealed record LayerPrincipal(string StatementId, string Principal)
{
    /// <summary>In front of the ids of all statements that LayerBuild makes; others are never touched.</summary>
    public const string StatementPrefix = "layerbuild-";

    public string? OrganizationId { get; private init; }

    /// <summary>Partition of an account root ARN; null for what is named without one and holds in any.</summary>
    public string? Partition { get; private init; }

    public bool IsPublic => Principal == "*" && OrganizationId is null;

    /// <summary>
    /// Takes an account id, an account root ARN, an organization id or <c>*</c>. False for anything else.
    /// </summary>
    public static bool TryParse(string text, out LayerPrincipal principal)
    {
        principal = null!;
        if (text == "*")
        {
            principal = new LayerPrincipal(StatementPrefix + "public", "*");
        }
        else if (IsAccount(text))
        {
            principal = new LayerPrincipal(StatementPrefix + text, text);
        }
        else if (text.StartsWith("o-", StringComparison.Ordinal) && text.Length is >= 12 and <= 34
            && text[2..].All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
        {
            principal = new LayerPrincipal(StatementPrefix + text, "*") { OrganizationId = text };
        }
        else if (text.Split(':') is ["arn", ['a', 'w', 's', ..] partition, "iam", "", var account, "root"] && IsAccount(account))
        {
            principal = new LayerPrincipal(StatementPrefix + account, text) { Partition = partition };
        }

        return principal is not null;
    }

    /// <summary>The principal as a policy stores it: an account id becomes its root ARN.</summary>
    public string StoredIn(string partition) => IsAccount(Principal) ? $"arn:{partition}:iam::{Principal}:root" : Principal;

    private static bool IsAccount(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);
}
