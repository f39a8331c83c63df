import cases
import pulumi

getattr(cases, pulumi.Config().require("case"))()
