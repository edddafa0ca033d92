using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using LayerBuild.Diagnostics;

namespace LayerBuild.Aws;

/// <summary>The SDK's credential chain, with its errors in words that help.</summary>
internal static class AwsCredentials
{
    /// <param name="profile">Profile to use alone; null for the usual chain.</param>
    /// <param name="region">Where roles are assumed when a profile says nothing else.</param>
    public static async Task<AWSCredentials> FindAsync(
        string? profile, CredentialProfileStoreChain profiles, string region, CancellationToken cancellation)
    {
        try
        {
            AWSCredentials credentials = Own(await ResolveAsync(profile, profiles, cancellation).ConfigureAwait(false), region);
            // Fetch them now: a missing or expired token must stop the build before anything is sent.
            await credentials.GetCredentialsAsync().WaitAsync(cancellation).ConfigureAwait(false);
            return credentials;
        }
        catch (Exception e) when (e is not (DiagnosticException or OperationCanceledException))
        {
            throw AwsSession.NoAccess(Explain(e, profile));
        }
    }

    /// <summary>What to tell a user whose credentials could not be found, fetched or refreshed.</summary>
    public static string Explain(Exception e, string? profile)
    {
        string of = profile is null ? "" : $" for the profile '{profile}'";
        string all = string.Join(' ', Chain(e).Select(inner => inner.Message));
        if (all.Contains("SSO", StringComparison.OrdinalIgnoreCase))
        {
            string login = profile is null ? "aws sso login" : $"aws sso login --profile {profile}";
            return $"The AWS SSO session{of} is missing or has expired. Run '{login}' and try again.";
        }

        if (all.Contains("MFA", StringComparison.OrdinalIgnoreCase))
        {
            return $"The role{of} needs an MFA code, which a build cannot ask for. Start a session first, for example with " +
                "'aws configure export-credentials --format env', and publish with its variables.";
        }

        if (e is AmazonSecurityTokenServiceException refused)
        {
            return $"AWS STS refused to give credentials{of} ({refused.ErrorCode}, request {refused.RequestId}): {refused.Message}";
        }

        return profile is null && e is AmazonClientException && !all.Contains("web identity", StringComparison.OrdinalIgnoreCase)
            ? $"No AWS credentials were found in the environment, the AWS profile, the container or the instance{Reasons(e)}. " +
              "Set LambdaLayerProfile, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            : $"No AWS credentials{of}: {e.Message}";
    }

    /// <summary>Why sources that were set up did not work; sources that were not set up are left out.</summary>
    private static string Reasons(Exception e)
    {
        string[] usual = ["were not set", "Unable to find the", "EC2 instance metadata"];
        string[] reasons =
        [
            .. e.Message.Split('\n')
                .Where(line => line.StartsWith("Exception ", StringComparison.Ordinal) && line.Contains(": ", StringComparison.Ordinal)
                    && !usual.Any(text => line.Contains(text, StringComparison.Ordinal)))
                .Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].Trim().TrimEnd('.')),
        ];
        return reasons.Length > 0 ? $" ({string.Join("; ", reasons)})" : "";
    }

    private static IEnumerable<Exception> Chain(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }

    private static async Task<AWSCredentials> ResolveAsync(
        string? profile, CredentialProfileStoreChain profiles, CancellationToken cancellation)
    {
        if (profile is null)
        {
            // A resolver of its own, not the process's: that one remembers an earlier build's answer.
            using var resolver = new DefaultAWSCredentialsIdentityResolver();
            return await resolver.ResolveIdentityAsync(null, cancellation).ConfigureAwait(false);
        }

        profiles.TryGetProfile(profile, out CredentialProfile stored);
        return AWSCredentialsFactory.GetAWSCredentials(stored, profiles);
    }

    /// <summary>
    /// Assumes roles by itself: the SDK would look for its STS client by assembly name and can find another copy's.
    /// </summary>
    private static AWSCredentials Own(AWSCredentials credentials, string region) =>
        credentials is AssumeRoleAWSCredentials role ? new AssumedRole(Own(role.SourceCredentials, region), role, region) : credentials;

    private sealed class AssumedRole(AWSCredentials source, AssumeRoleAWSCredentials role, string region) : RefreshingAWSCredentials
    {
        protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

        protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
        {
            AssumeRoleAWSCredentialsOptions options = role.Options;
            if (options.MfaSerialNumber is { Length: > 0 } && options.MfaTokenCodeCallback is null)
            {
                throw new AmazonClientException("The role needs an MFA code.");
            }

            using var sts = new AmazonSecurityTokenServiceClient(
                source, new AmazonSecurityTokenServiceConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) });
            AssumeRoleResponse answer = await sts.AssumeRoleAsync(new AssumeRoleRequest
            {
                RoleArn = role.RoleArn,
                RoleSessionName = role.RoleSessionName,
                ExternalId = options.ExternalId,
                Policy = options.Policy,
                DurationSeconds = options.DurationSeconds,
                SourceIdentity = options.SourceIdentity,
            }).ConfigureAwait(false);
            Credentials given = answer.Credentials;
            return new CredentialsRefreshState(
                new ImmutableCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken), given.Expiration ?? DateTime.UtcNow.AddMinutes(15));
        }
    }
}
