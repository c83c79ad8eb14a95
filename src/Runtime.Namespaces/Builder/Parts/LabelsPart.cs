using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The labels of security modules, and the session keyring.</summary>
internal sealed class LabelsPart(PlanScope scope) : LaunchPart(scope)
{
    public void Set()
    {
        if (Process.ApparmorProfile is { Length: > 0 } profile)
        {
            Writer.From("/process/apparmorProfile", $"change to the profile {profile} on exec", HintKind.Label);
            WriteHostProc("thread-self/attr/apparmor/exec", "exec " + profile);
        }

        if (Process.SelinuxLabel is { Length: > 0 } label)
        {
            Writer.From("/process/selinuxLabel", $"change to the label {label} on exec", HintKind.Label);
            WriteHostProc("thread-self/attr/exec", label);
        }
    }

    /// <summary>Joins the container's <see cref="SessionKeyring"/>.</summary>
    public void JoinKeyring()
    {
        if (Inputs.NoNewKeyring)
        {
            return;
        }

        Writer.From("", "join a session keyring of its own", HintKind.Keyring);
        if (Process.SelinuxLabel is { Length: > 0 } label && Inputs.Exec is null)
        {
            // The keyring's label, not what keeps others out of it: it has no name that they know.
            WriteHostProc("thread-self/attr/keycreate", label).IgnoreAny();
        }

        SessionKeyring.Join(Writer, Inputs.Keyring);
    }
}
