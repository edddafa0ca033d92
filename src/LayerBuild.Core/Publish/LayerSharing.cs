using System.Text.Json;
using LayerBuild.Aws;
using LayerBuild.Lambda;

namespace LayerBuild.Publish;

/// <summary>
/// Makes LayerBuild's statements in a version's policy those that the item declares. Statements of others stay.
/// </summary>
internal sealed class LayerSharing(LambdaRegion lambda)
{
    private const int Tries = 5;

    /// <summary>Shares <paramref name="version"/> with exactly <paramref name="principals"/> and returns those of its partition.</summary>
    public async Task<IReadOnlyList<LayerPrincipal>> ShareAsync(
        LayerVersionArn version, IReadOnlyList<LayerPrincipal> principals, CancellationToken cancellation)
    {
        LayerPrincipal[] wanted = [.. principals.Where(p => p.Partition is null || p.Partition == version.Partition).DistinctBy(p => p.StatementId)];
        string? policy = await lambda.FindPolicyAsync(version.Name, version.Version, cancellation).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            IReadOnlyDictionary<string, (string? Principal, string? OrganizationId)> statements = Statements(policy);
            foreach (string id in statements.Keys)
            {
                if (id.StartsWith(LayerPrincipal.StatementPrefix, StringComparison.Ordinal)
                    && !wanted.Any(p => p.StatementId == id && Holds(p, statements[id], version.Partition)))
                {
                    await lambda.RemovePermissionAsync(version.Name, version.Version, id, cancellation).ConfigureAwait(false);
                }
            }

            try
            {
                foreach (LayerPrincipal principal in wanted)
                {
                    if (!statements.TryGetValue(principal.StatementId, out var statement) || !Holds(principal, statement, version.Partition))
                    {
                        await lambda.AddPermissionAsync(version.Name, version.Version, principal, cancellation).ConfigureAwait(false);
                    }
                }

                return wanted;
            }
            catch (AwsException e) when (attempt < Tries && (e.Failure == AwsFailure.Unknown || e.Code == "ResourceConflictException"))
            {
                // Somebody was faster, or it is unknown whether the statement was made: look.
                policy = await lambda.FindPolicyAsync(version.Name, version.Version, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether anybody else can get the version.</summary>
    public async Task<bool> IsSharedAsync(string layer, long version, CancellationToken cancellation) =>
        Statements(await lambda.FindPolicyAsync(layer, version, cancellation).ConfigureAwait(false)).Count > 0;

    private static bool Holds(LayerPrincipal wanted, (string? Principal, string? OrganizationId) statement, string partition) =>
        statement.OrganizationId == wanted.OrganizationId
        && (statement.Principal == wanted.StoredIn(partition) || statement.Principal == wanted.Principal);

    /// <summary>The statements of a policy document by Sid, with their principal and aws:PrincipalOrgID.</summary>
    private static Dictionary<string, (string? Principal, string? OrganizationId)> Statements(string? policy)
    {
        var statements = new Dictionary<string, (string?, string?)>(StringComparer.Ordinal);
        if (string.IsNullOrEmpty(policy))
        {
            return statements;
        }

        using JsonDocument document = JsonDocument.Parse(policy);
        if (!document.RootElement.TryGetProperty("Statement", out JsonElement list))
        {
            return statements;
        }

        foreach (JsonElement statement in list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : new[] { list })
        {
            // A statement of others may have no Sid; it still shares.
            string id = Text(statement, "Sid") ?? FormattableString.Invariant($" {statements.Count}");
            statements[id] = (
                Text(statement, "Principal") ?? Text(Member(statement, "Principal"), "AWS"),
                Text(Member(Member(statement, "Condition"), "StringEquals"), "aws:PrincipalOrgID"));
        }

        return statements;
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } e && e.TryGetProperty(name, out JsonElement member) ? member : null;

    /// <summary>A string, or the only one of an array.</summary>
    private static string? Text(JsonElement? element, string name) => Member(element, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Array } array when array.GetArrayLength() == 1 && array[0].ValueKind == JsonValueKind.String => array[0].GetString(),
        _ => null,
    };
}
