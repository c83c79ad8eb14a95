using System.Runtime.InteropServices;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Seccomp;

/// <summary>An agent may be asked about any call, also about the one that would hand its listener over.</summary>
public sealed class NotifiedCallTests
{
    private const int EDQUOT = 122;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_agent_answers_for_sendmsg(bool hooks)
    {
        using var cctl = new Cctl();
        // rtnetlink(7): what changes something goes by sendmsg(2).
        using Bundle bundle = Bundle.Script("echo started; ip addr add 127.0.0.2/8 dev lo; set -- /proc/[0-9]*; echo $#; sleep 600");
        using var agent = new Agent(bundle["agent.sock"]);
        bundle.With(c =>
        {
            c.Linux!.Seccomp = new()
            {
                DefaultAction = "SCMP_ACT_ALLOW",
                Syscalls = [new() { Names = ["sendmsg"], Action = "SCMP_ACT_NOTIFY" }],
                ListenerPath = bundle["agent.sock"],
            };
            c.Hooks = hooks ? new Hooks { StartContainer = [new() { Path = "/bin/true" }] } : null;
        });
        Task<(ContainerProcessState State, int Call)> served = agent.Serve(EDQUOT, Place.Deadline(20));
        string id = Cctl.NewId();
        using RunningCommand guest = cctl.Command("run", "--bundle", bundle.Path, id).Start();
        (ContainerProcessState state, int call) = await served;
        Assert.Equal(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 46 : 211, call);
        Assert.Equal(cctl.PidOf(id), state.Pid);
        // Nothing of the handing over is left in the guest: there is its shell alone.
        guest.WaitForOutput("started\n1\n", Place.Deadline(20));
    }
}
